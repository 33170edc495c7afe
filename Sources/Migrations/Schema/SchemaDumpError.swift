/// Why a file cannot be used as a dump.
public enum SchemaDumpError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no file.
    case missing(path: String)
    /// It cannot be read, or not as SQL; why.
    case unreadable(path: String, reason: String)
    /// It says nothing about migrations.
    case noLedger(path: String)
    /// A newer tool wrote it; the line that says so.
    case newerFormat(path: String, found: String)
    /// A line about a migration was changed.
    case badEntry(path: String, line: Int)
    /// It cannot be written; the system's reason.
    case notWritten(path: String, reason: String)
    /// Migrations are being run while it is made.
    case changing

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .missing(let path):
            "there is no file \(path)\nWrite it from a database that has the schema: caisson migrate dump --output \(path)"
        case .unreadable(let path, let reason):
            "\(path) cannot be read: \(reason)\nWrite it anew: caisson migrate dump"
        case .noLedger(let path):
            """
            \(path) does not say which migrations it holds: it was not written by caisson migrate dump
            Write it from a database that has the schema: caisson migrate dump --output \(path)
            """
        case .newerFormat(let path, let found):
            """
            \(path) was written by a newer caisson ("\(found)")
            Use that one, or write it anew with this: caisson migrate dump --output \(path)
            """
        case .badEntry(let path, let line):
            """
            \(path):\(line): this line about a migration was changed by hand or by a merge
            Write the file anew: caisson migrate dump --output \(path)
            """
        case .notWritten(let path, let reason):
            """
            \(path) could not be written: \(reason). What stood there is as it was.
            Name another file: --output FILE
            """
        case .changing:
            """
            migrations were applied or reverted while the dump was made, three times in a row
            Run the same command again when they are done: caisson migrate status
            """
        }
    }
}
