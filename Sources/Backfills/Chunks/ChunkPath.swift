/// How the chunks of a SQL backfill are written, and why.
public enum ChunkPath: Sendable, Hashable {
    /// One statement writes the chunk, locking each row as it comes to it.
    case oneStatement(proof: String)
    /// The rows are locked in the order of the key, then a statement with a fresh snapshot writes them.
    case twoSteps(reason: String)

    /// The number of statements that write a chunk, in a word: `one` or `two`.
    public var statements: String {
        switch self {
        case .oneStatement: "one"
        case .twoSteps: "two"
        }
    }

    /// Why it is this one.
    public var reason: String {
        switch self {
        case .oneStatement(let reason), .twoSteps(let reason): reason
        }
    }
}

extension ChunkPath {
    /// Reads what was stored.
    init?(statements: String?, reason: String?) {
        switch statements {
        case "one": self = .oneStatement(proof: reason ?? "")
        case "two": self = .twoSteps(reason: reason ?? "")
        default: return nil
        }
    }
}

extension ChunkPath {
    /// Whether the rows are locked before they are written.
    var locksFirst: Bool {
        switch self {
        case .oneStatement: false
        case .twoSteps: true
        }
    }
}

extension ChunkPath: CustomStringConvertible {
    /// The choice and its reason in words.
    public var description: String {
        switch self {
        case .oneStatement(let proof): "Each chunk is written by one statement: \(proof)."
        case .twoSteps(let reason): "Each chunk locks its rows first and then writes them: \(reason)."
        }
    }
}
