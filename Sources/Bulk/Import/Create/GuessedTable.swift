public import Postgres

/// A table for a file, guessed from its first rows.
public struct GuessedTable: Hashable, Sendable {
    /// One column.
    public struct Column: Hashable, Sendable {
        /// The name as it stands in the file, or as it was mapped.
        public let name: String
        /// The type that all values of the sample go into.
        public let type: GuessedType
        /// Where a value made it text that had looked like something else.
        public let turn: Turn?
    }

    /// A line that decided for text.
    public struct Turn: Hashable, Sendable {
        /// The line of the file.
        public let line: Int
        /// The type of all values before.
        public let before: GuessedType
    }

    /// The table as it was named.
    public let name: Identifier
    /// The columns in the order of the file, those with one value for all rows at the end.
    public let columns: [Column]
    /// The rows that were looked at.
    public let sampledRows: Int
    /// Whether those are all.
    public let isWholeFile: Bool

    /// The statement that makes the table. No column is NOT NULL: rows behind the sample may be empty there.
    public var statement: SQL {
        let lines = columns.map { "    \(identifier: $0.name) \($0.type.sql)" as SQL }
        return "CREATE TABLE \(identifier: name) (\n\(lines.joined(separator: ",\n"))\n)"
    }
}

/// What a table is guessed from.
public struct TableSample: Hashable, Sendable {
    /// The rows at the beginning of the file. Default: 10000.
    public var rows = 10_000
    /// Whether lines that cannot be read are passed over, because the import may leave them out. Default: they are an error.
    public var passesOver = false

    /// The defaults.
    public init() {}
}

/// What became of a table that was to be made.
public enum TableCreation: Hashable, Sendable {
    /// It is there now.
    case made(GuessedTable)
    /// There was one already, which is taken as it is.
    case found(Identifier)

    /// Whether it was made, so that there is nothing in it.
    public var isNew: Bool {
        if case .made = self { true } else { false }
    }
}
