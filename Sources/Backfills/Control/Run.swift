package import Postgres

/// One execution of a backfill over a table, as the control tables have it.
public struct Run: Sendable, Hashable {
    /// Its number in `backfill_run`.
    public let id: Int64
    /// The backfill's name.
    public let name: String
    /// Where it stands.
    public let state: RunState
    /// What a person wants of it.
    public let wanted: WantedState
    /// The definition that it was begun with.
    package let definition: String
    /// The last key there was when it began; `nil` when the table was empty, or before the ranges are cut.
    package let upperBound: Key?
    /// The cluster on which it was begun.
    package let cluster: String
    /// The rows that the statistics promised when it began.
    public let estimatedRows: Int
    /// What the verify query returned last.
    public let verifyResult: Int64?
    /// The query that returned it; `nil` in runs that an older version verified.
    package var verifyQuery: String?
    /// Why it stopped last.
    public let lastError: String?
    /// The object id of its table; `nil` in runs that an older version began.
    package var sourceOID: Int64?
    /// The object id of the database in which it was begun.
    package var database: Int64 = 0
    /// The settings that all its transactions have, to be made LOCAL; none in runs that an older version began, until
    /// they are gone on with.
    package var settings: [TransactionOptions.Setting] = []
}

/// How far a run got: the sums over its ranges.
public struct RunProgress: Sendable, Hashable {
    /// Ranges in all and those that are done.
    public var ranges = 0
    public var rangesDone = 0
    /// Ranges that a live worker holds right now.
    public var rangesHeld = 0
    /// Keys that were passed, whether or not they needed work.
    public var scanned = 0
    /// Rows that fulfilled the condition.
    public var matched = 0
    /// Rows that were written.
    public var changed = 0
    /// Rows that had changed between being read and being written, and were read again.
    public var moved = 0
    /// Rows that could not be applied and were recorded instead.
    public var skipped = 0
    /// Transactions that were committed.
    public var chunks = 0
    /// Attempts that were given up and made again.
    public var retries = 0
    /// Seconds spent in chunks, over all workers.
    public var seconds = 0.0

    /// Makes an empty one.
    public init() {}
}

/// A run with its progress, for people.
public struct RunStatus: Sendable {
    /// The run.
    public let run: Run
    /// The kind of its backfill: `sql` or `rows`.
    public let kind: String
    /// The walked table.
    public let table: String
    /// How far it got.
    public let progress: RunProgress
    /// How its chunks are written, as a worker of a SQL backfill decided last; `nil` before that.
    public let path: ChunkPath?
    /// How old the oldest snapshot of its readers is, in seconds: vacuum cannot remove what it may still see. `nil` when
    /// none is held, or when another role reads whose sessions this one may not look at.
    public let snapshotAge: Double?
    /// The sessions of processes that are at work on it, and those of them whose COMMIT waits for a synchronous standby, as
    /// far as this role may see that.
    public let sessions: Int
    public let sessionsWaitingForStandby: Int
    /// When it was begun, finished, and last moved, as the server writes times.
    public let createdAt: String
    public let finishedAt: String?
    public let updatedAt: String?
}
