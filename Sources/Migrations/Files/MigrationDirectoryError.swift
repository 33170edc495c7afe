/// A folder of migrations that cannot be used.
public enum MigrationDirectoryError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no such folder.
    case missing(path: String)
    /// The path is a file.
    case notAFolder(path: String)
    /// The folder or a file cannot be read; the system's reason.
    case unreadable(path: String, reason: String)
    /// The folder has no migration in it; files that look as if they were meant for one.
    case empty(path: String, ignored: [String])
    /// Several files have one version.
    case duplicate(version: String, files: [String])
    /// A down file without its up file.
    case noPartner(file: String, expected: String)
    /// The files can be read in several ways; what speaks for each.
    case ambiguousLayout(path: String, candidates: [MigrationLayout], evidence: [String])
    /// The files are those of a tool that is known and not read; what to do.
    case foreignProject(path: String, tool: String, advice: String)
    /// A file whose name says something that its layout does not read; what, and what to do.
    case misleadingName(file: String, reason: String)
    /// A file that cannot be read as a migration.
    case file(MigrationFileError)

    /// What is wrong, with the path, and what to do.
    public var description: String {
        switch self {
        case .missing(let path):
            """
            there is no folder \(path) for migrations
            Make it with: caisson init    or name the right one: --migrations DIR
            """
        case .notAFolder(let path):
            "\(path) is a file, not a folder of migrations\nName the folder: --migrations DIR"
        case .unreadable(let path, let reason):
            "\(path) cannot be read: \(reason)\nCheck its permissions, then run the same command again."
        case .empty(let path, let ignored): Self.empty(path, ignored)
        case .duplicate(let version, let files):
            """
            version \(version) is used by \(files.joined(separator: " and "))
            Give one of them another version: rename the one that has not been applied yet.
            """
        case .noPartner(let file, let expected):
            "\(file) has no up file: expected \(expected) beside it\nAdd it, or correct the name of either file."
        case .ambiguousLayout(let path, let candidates, let evidence):
            Self.ambiguous(path, Array(zip(candidates, evidence)))
        case .foreignProject(let path, let tool, let advice):
            "the files in \(path) are those of \(tool)\n\(advice)"
        case .misleadingName(let file, let reason): "\(file): \(reason)"
        case .file(let error): error.description
        }
    }

    private static func ambiguous(_ path: String, _ candidates: [(MigrationLayout, String)]) -> String {
        let lines = candidates.map { "  --layout \($0.rawValue): \($1)" }
        return """
            it is not clear for which tool the files in \(path) were written:
            \(lines.joined(separator: "\n"))
            Run the same command again with the right one of these.
            """
    }

    /// Runs what reads a file.
    static func wrapping<Value>(
        _ body: () throws(MigrationFileError) -> Value
    ) throws(MigrationDirectoryError) -> Value {
        do {
            return try body()
        } catch {
            throw .file(error)
        }
    }

    private static func empty(_ path: String, _ ignored: [String]) -> String {
        let seen = ignored.isEmpty ? "" : " (not taken for one: \(ignored.prefix(3).joined(separator: ", ")))"
        return """
            there is no migration in \(path)\(seen)
            Make the first: caisson migrate new NAME    or name the right folder: --migrations DIR
            """
    }
}
