import Postgres

/// Which column of the file goes where.
public struct ImportPlan: Hashable, Sendable {
    /// Where the values of a column come from.
    public enum Value: Hashable, Sendable {
        /// A column of the file, by its position from 0 and its name.
        case field(Int, name: String)
        /// The same for every row.
        case constant(String)

        var isConstant: Bool {
            if case .constant = self { true } else { false }
        }
    }

    /// One column of the table that gets values.
    public struct Column: Hashable, Sendable {
        /// The table's column.
        public let name: String
        /// Its type as it was declared.
        public let type: String
        /// Where its values come from.
        public let value: Value
    }

    /// The table with its schema.
    public let table: String
    /// The columns of the file in its order.
    public let fileColumns: [String]
    /// The columns that get values, in the order of the file, constants at the end.
    public let columns: [Column]
    /// Columns of the file that are left out.
    public let ignored: [String]
    /// Columns of the table that the server fills: by their default, a sequence, an expression, or NULL.
    public let filledByServer: [String]
}

/// What an import tells while it runs.
public enum ImportEvent: Hashable, Sendable {
    /// The header fits the table, the first row is about to be sent.
    case started(ImportPlan)
    /// More of the file was read. Comes once a block of 256 KiB at most.
    case progress(ImportProgress)
    /// All rows are at the server; those with a key that is already there are being settled.
    case merging(rows: Int)
    /// All rows are beside the table; what is left of the new one is made, and it takes the place.
    case replacing(rows: Int)
    /// The import goes on where an earlier one stopped: so many rows are settled, the next line is this.
    case resumed(rows: Int, line: Int)
    /// A chunk was committed: so many rows of the file are settled, up to this line.
    case stored(rows: Int, line: Int)
    /// A row was left out.
    case skipped(SkippedLine)
    /// All of the file is imported once more, because the table that had its rows is gone or empty: why.
    case beganAgain(String)
    /// Somebody wrote to the file while it was read. What was read is stored.
    case changedWhileRead
    /// All rows were read, and something about the file is strange all the same.
    case warning(String)
    /// A statement waits for a lock: for which, and who is in the way.
    case waiting(String)
    /// Several workers were sending rows; one goes on: why.
    case goesOnAlone(String)
    /// An attempt to store rows failed, or the connection was lost; it is made again after so many seconds.
    case retrying(reason: String, after: Double)
}

extension ImportEvent: CustomStringConvertible {
    /// One line for a log, without rows and without constants.
    public var description: String { SecretMask.mask(line).visibleLine }

    private var line: String {
        switch self {
        case .started(let plan): "the import into \(plan.table) started, with \(plan.columns.count) columns"
        case .progress(let progress): "\(progress.bytes) bytes read, \(progress.rows) rows sent"
        case .merging(let rows): "\(rows) rows are at the server and are merged"
        case .replacing(let rows): "\(rows) rows are beside the table and take its place"
        case .resumed(let rows, let line): "goes on at line \(line), behind \(rows) rows"
        case .stored(let rows, let line): "\(rows) rows are settled, up to line \(line)"
        case .skipped(let skipped): "line \(skipped.line) is left out: \(skipped.reason)"
        case .beganAgain(let reason): "begins at the first row again: \(reason)"
        case .changedWhileRead: "the file was written to while it was read"
        case .warning(let words): "the file: \(words)"
        case .waiting(let reason): "the import \(reason)"
        case .goesOnAlone(let reason): "one worker goes on, because \(reason)"
        case .retrying(let reason, let seconds): "tried again in \(seconds) s: \(reason)"
        }
    }
}

/// How far an import has come.
public struct ImportProgress: Hashable, Sendable {
    /// The bytes of the file read so far.
    public let bytes: Int
    /// The size of the file; unknown for a pipe.
    public let totalBytes: Int?
    /// The rows sent so far.
    public let rows: Int
}

/// What an import did.
public struct ImportResult: Hashable, Sendable {
    /// The rows of the file.
    public let rowsRead: Int
    /// The rows that were left out.
    public let rowsSkipped: Int
    /// What became of them.
    public let outcome: WriteOutcome
    /// The empty lines that were skipped.
    public let blankLines: Int
    /// The bytes of the file.
    public let bytes: Int
    /// From the first byte to the end of the transaction.
    public let duration: Duration

    /// What became of a file whose last rows were stored by an earlier session.
    package init(_ totals: ImportTotals, bytes: Int, duration: Duration) {
        (rowsRead, rowsSkipped, outcome, blankLines) = (totals.rows, totals.skipped, totals.outcome, 0)
        (self.bytes, self.duration) = (bytes, duration)
    }

    package init(
        rowsRead: Int,
        rowsSkipped: Int,
        outcome: WriteOutcome,
        blankLines: Int,
        bytes: Int,
        duration: Duration
    ) {
        (self.rowsRead, self.rowsSkipped, self.outcome) = (rowsRead, rowsSkipped, outcome)
        (self.blankLines, self.bytes, self.duration) = (blankLines, bytes, duration)
    }

    /// The rows that the table did not take although nothing was wrong with them: a trigger has dropped them.
    public var rowsDropped: Int { outcome.dropped }

    /// The rows of the table that are new or different.
    public var rowsStored: Int { outcome.changed }
}

/// What an import would do, found out without storing anything.
public struct ImportPreview: Hashable, Sendable {
    /// Which column goes where.
    public let plan: ImportPlan
    /// The names of the columns of ``rows``.
    public let columns: [String]
    /// The first rows as the table would keep them, as text; `nil` is NULL. Columns that the server fills by
    /// a default are not among them, because asking for a default may use up a number of a sequence.
    public let rows: [[String?]]
}
