/// Something about a definition that its author should know before it runs, and may well mean.
public struct Finding: Sendable, Hashable {
    /// How much it matters.
    public enum Severity: String, Sendable, Hashable {
        /// The result may not be what is wanted.
        case warning
        /// Worth knowing.
        case note
    }

    /// Its number, such as `W21`, by which the front matter acknowledges it.
    public let id: String
    /// How much it matters.
    public let severity: Severity
    /// What it is, in a sentence.
    public let text: String
    /// The file, line and column.
    public let place: String
    /// The author's reason, where one is given: then it is meant.
    public let acknowledgement: String?

    /// Whether the author has said that it is meant.
    public var isAcknowledged: Bool { acknowledgement != nil }

    /// The text with what to do about it.
    public var advice: String {
        isAcknowledged ? text : "\(text). If it is meant, acknowledge it with: -- acknowledge: \(id) REASON"
    }
}

/// A line of the front matter that says of a warning that it is meant.
public struct Acknowledgement: Sendable, Hashable {
    /// The number of the warning.
    public let id: String
    /// Why it is meant.
    public let reason: String
    /// The file and the line.
    public let place: String
}
