import Postgres

/// What happens while a backfill runs, for those who show it.
public enum BackfillEvent: Sendable {
    /// A run began, or an earlier one goes on.
    case started(run: Int64, name: String, resumed: Bool, progress: RunProgress, estimatedRows: Int)
    /// Something about the definition that its author should know.
    case finding(Finding)
    /// How a worker writes its chunks from here on.
    case path(ChunkPath)
    /// A chunk was committed.
    case chunk(ChunkEvent)
    /// An attempt failed and is made again.
    case retrying(range: Int, reason: String, after: Double)
    /// A chunk waits for others, or, without a range, the beginning or the end of the run; who they are, in a few lines.
    case blocked(range: Int?, by: String)
    /// A person cancelled a statement of the run or ended a session of it: the run is paused.
    case paused(reason: String)
    /// A row cannot be applied; it was recorded and passed over.
    case skipped(key: String, reason: String)
    /// Another worker owns the range by now; nothing of the last chunk was stored.
    case leaseLost(range: Int)
    /// The table of a range was detached or dropped since the run began; its rows are passed over.
    case partGone(range: Int)
    /// All ranges are done, but rows still need work that were moved past the walk, or tables were added: they are
    /// walked in a further pass.
    case anotherPass(number: Int, ranges: Int)
    /// Rows arrived behind the bound of a run that follows: so many are walked now, and so many more wait for
    /// transactions that may still commit rows in front of them.
    case following(rows: Int, waiting: Int)
    /// No range is free, but other workers still hold some.
    case waitingForOthers(rangesHeld: Int)
    /// A COMMIT waits for a synchronous standby (`synchronous_standby_names`), which does not confirm.
    case waitingForStandby
    /// The statistics of a table are brought up to date.
    case analyzing(table: String)
    /// The verify query runs.
    case verifying

    /// A chunk that was committed.
    public struct ChunkEvent: Sendable {
        /// The place of its range among the ranges of the run.
        public let range: Int
        /// Its last key.
        public let cursor: String
        /// Keys passed, rows changed, rows read again.
        public let scanned: Int
        public let changed: Int
        public let moved: Int
        /// The seconds of its transaction.
        public let seconds: Double
    }
}

extension BackfillEvent: CustomStringConvertible {
    /// One line for a log, without the author's statements and without rows; keys are in it.
    public var description: String { SecretMask.mask(line).visibleLine }

    private var line: String {
        switch self {
        case .started(let run, let name, let isResumed, let progress, let estimate):
            "\(name) \(isResumed ? "goes on" : "started") as run \(run): about \(estimate) rows in \(progress.ranges) ranges"
        case .finding(let finding): "\(finding.id): \(finding.text) (\(finding.place))"
        case .path(let path): "\(path)"
        case .chunk(let chunk): "\(chunk)"
        case .retrying(let range, let reason, let seconds):
            "range \(range) is tried again in \(seconds) s: \(reason)"
        case .blocked(let range, let blockers):
            "\(range.map { "range \($0)" } ?? "the run") \(blockers)"
        case .paused(let reason): "the run is paused: \(reason)"
        case .skipped(let key, let reason): "skipped the row with key \(key): \(reason)"
        case .leaseLost(let range): "range \(range) was taken over by another worker"
        case .partGone(let range): "the table of range \(range) is gone"
        case .anotherPass(let number, let ranges): "pass \(number) over the table, in \(ranges) ranges"
        case .following(let rows, let waiting):
            "follows: \(rows) rows now, \(waiting) more wait for transactions to end"
        case .waitingForOthers(let held): "waiting for \(held) ranges of other workers"
        case .waitingForStandby: "waiting for a synchronous standby to confirm a COMMIT"
        case .analyzing(let table): "analyzing \(table)"
        case .verifying: "verifying"
        }
    }
}

extension BackfillEvent.ChunkEvent: CustomStringConvertible {
    /// `range 3 up to 4711: 2000 rows scanned, 1990 changed, 0 read again in 0.25 s`
    public var description: String {
        "range \(range) up to \(cursor): \(scanned) rows scanned, \(changed) changed, \(moved) read again in \(seconds) s"
    }
}
