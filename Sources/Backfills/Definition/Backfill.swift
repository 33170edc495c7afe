public import Postgres

/// What a backfill does, as its author wrote it: a SQL file or a Swift type.
///
/// A definition says nothing about how far it got; that is the ``Run``.
public struct Backfill: Sendable {
    /// Its name, by which everything else refers to it.
    public let name: String
    /// The table that is walked.
    public let table: Identifier
    /// The columns that order the walk; empty means the primary key, or the best there is without one. `ctid` walks by
    /// the places where the rows lie.
    public let key: [String]
    /// What becomes of rows with NULL in their key.
    public let nulls: NullKeys
    /// Which rows of the table need work, as a SQL condition; the others are passed over.
    public let condition: SQLText?
    /// A query that must return 0 when all is done.
    public let verification: SQLText?
    /// What is done with a chunk.
    public let work: Work
    /// The limits of each chunk's transaction.
    public let limits: ChunkLimits
    /// The warnings that its author has read and means.
    public let acknowledgements: [Acknowledgement]

    /// What becomes of rows with NULL in their key, which have no place in its order.
    public enum NullKeys: String, Sendable, Hashable {
        /// A key that allows NULL is refused.
        case refuse
        /// They are walked in ranges of their own, behind all others, by the places where they lie. The definition
        /// needs a condition that a row no longer fulfils once it is done, and `chunk` has the column `ctid` to join by:
        /// NULL equals nothing.
        case lastRange = "last-range"
    }

    /// Who computes the new data.
    public enum Work: Sendable {
        /// The server, by one statement that speaks of the relation `chunk`.
        case sql(SQLText)
        /// This program, row by row.
        case rows(any RowBackfill)
    }

    /// Puts a definition together.
    package init(
        name: String,
        table: Identifier,
        key: [String],
        nulls: NullKeys = .refuse,
        condition: SQLText?,
        verification: SQLText?,
        work: Work,
        limits: ChunkLimits = ChunkLimits(),
        acknowledgements: [Acknowledgement] = []
    ) {
        self.name = name
        self.table = table
        self.key = key
        self.nulls = nulls
        self.condition = condition
        self.verification = verification
        self.work = work
        self.limits = limits
        self.acknowledgements = acknowledgements
    }

    /// The word for the kind of work in control tables and output.
    public var kind: String {
        switch work {
        case .sql: "sql"
        case .rows: "rows"
        }
    }

    /// Everything that decides what the backfill writes, as text: when it changes in the middle of a run, half of the
    /// rows would have been made by one rule and half by another.
    package var definitionText: String {
        var lines = ["table: \(table.quoted)", "key: \(key.joined(separator: ", "))"]
        if nulls != .refuse { lines.append("nulls: \(nulls.rawValue)") }
        if let condition { lines.append("where: \(condition.text)") }
        switch work {
        case .sql(let statement): lines.append(statement.text)
        case .rows(let backfill): lines.append(backfill.definitionText)
        }
        return lines.joined(separator: "\n")
    }
}

/// SQL that a person wrote, with the place it was written at.
public struct SQLText: Sendable, Hashable {
    /// The text.
    public let text: String
    /// The file, `nil` for SQL in a Swift type.
    public let file: String?
    /// The line of the file on which the text begins, from 1.
    public let line: Int
    /// How many characters of the file stand before each of its lines; none where it stands by itself.
    let indents: [Int]

    /// Notes a text and its place.
    public init(_ text: String, file: String? = nil, line: Int = 1) {
        self.init(text, file: file, line: line, indents: [])
    }

    init(_ text: String, file: String?, line: Int, indents: [Int]) {
        self.text = text
        self.indents = indents
        self.file = file
        self.line = line
    }

    /// The text as a piece of a statement, in parentheses that no comment in it can swallow.
    var parenthesized: SQL { "(\(unsafe: text)\n)" }
}
