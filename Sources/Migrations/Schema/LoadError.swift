import Postgres

/// Why a dump is not loaded. Nothing was written.
public enum LoadError: Error, Sendable, CustomStringConvertible {
    /// The files are not those that the dump was made from.
    case disagreement(path: String, [MigrationConflict])
    /// There is something in the database already; a few of its objects.
    case notEmpty(path: String, objects: [String])
    /// The ledger has rows already.
    case ledgerKept(path: String, count: Int)
    /// The server refused a statement.
    case statement(FailedStatement)
    /// A statement ended the transaction that holds the load together.
    case endedTransaction(file: String, line: Int)

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .disagreement(let path, let conflicts):
            """
            \(path) and the files of the folder disagree:
            \(conflicts.map { "  \($0.summary)" }.listedLines)
            Check both out of one revision, or write the dump anew from a database that has run these files: caisson migrate dump
            """
        case .notEmpty(let path, let objects):
            """
            this database is not empty (\(objects.joined(separator: ", "))), so \(path) was not loaded
            Load it into a new one: createdb NAME    This one is brought up to date with: caisson migrate up
            """
        case .ledgerKept(let path, let count):
            """
            \(count) migrations are in this database's ledger already, so \(path) was not loaded
            Bring it up to date with: caisson migrate up    or load it into a new one: createdb NAME
            """
        case .statement(let failed):
            "\(failed.text)\nNothing was left behind. Mend the cause, then: caisson migrate load \(failed.file)"
        case .endedTransaction(let file, let line):
            """
            \(file):\(line): this statement ended the transaction of the load; what stands before it is stored
            Drop the database, write the dump anew: caisson migrate dump --output \(file)    then load it into a new one
            """
        }
    }
}

extension MigrationConflict {
    /// The first line: what is wrong, without what to do about it.
    var summary: String {
        description.split(separator: "\n").first.map(String.init) ?? ""
    }
}
