public import Control
public import Postgres

/// Something that happens while migrations run.
public enum MigrationEvent: Sendable {
    /// Another run holds the lock; sent when the wait begins and when the holder changes.
    case waitingForLock(LockHolder?)
    /// A migration begins.
    case started(MigrationStep)
    /// A statement is about to be sent; its place in the file, from 1.
    case statementStarted(MigrationStep, ordinal: Int)
    /// A statement is done.
    case statementFinished(MigrationStep, ordinal: Int, duration: Duration)
    /// The server said something while a migration ran.
    case notice(MigrationStep, Notice)
    /// An attempt met a lock or a deadlock; the next follows after so many seconds.
    case retrying(MigrationStep, attempt: Int, seconds: Double, reason: PostgresError)
    /// An index that an earlier `CREATE INDEX CONCURRENTLY` had left invalid is dropped before it is built
    /// again.
    case droppingInvalidIndex(MigrationStep, name: String)
    /// A statement waits for others; sent when it is seen first and when those in the way change.
    case blocked(MigrationStep, ordinal: Int, BlockerReport)
    /// An index build has come further.
    case indexProgress(MigrationStep, ordinal: Int, IndexProgress)
    /// A part of an index on a partitioned table is there: the table that has it, and how many are to follow.
    case partitionIndexed(MigrationStep, table: String, remaining: Int)
    /// A `DETACH PARTITION CONCURRENTLY` that had stopped half way is brought to its end.
    case finalizingDetach(MigrationStep, partition: String)
    /// A statement whose end an earlier run could not record was found done in the catalog.
    case foundDone(MigrationStep, ordinal: Int)
    /// The connection was lost in a COMMIT; the outcome is being looked up.
    case resolvingOutcome(MigrationStep)
    /// What was found.
    case outcomeResolved(MigrationStep, committed: Bool)
    /// A migration is done.
    case finished(CompletedMigration)
    /// A migration waits for a backfill; the run ends in front of it.
    case waitingForBackfill(MigrationStep, backfill: String, reason: String)
}

extension MigrationEvent: CustomStringConvertible {
    /// One line for a log. It holds no text of a file and no value of a placeholder.
    public var description: String { SecretMask.mask(line).visibleLine }

    private var line: String {
        switch self {
        case .waitingForLock(let holder):
            "waiting for another run: \(holder?.description ?? "it cannot be seen which")"
        case .started(let step): "\(step) started"
        case .statementStarted(let step, let ordinal): "\(step), statement \(ordinal) started"
        case .statementFinished(let step, let ordinal, let duration):
            "\(step), statement \(ordinal) finished in \(duration)"
        case .notice(let step, let notice): "\(step), \(notice)"
        case .retrying(let step, let attempt, let seconds, let reason):
            "\(step), attempt \(attempt) met a lock and the next follows in \(seconds) s: \(reason)"
        case .droppingInvalidIndex(let step, let name): "\(step) drops the invalid index \(name)"
        case .blocked(let step, let ordinal, let report): "\(step), statement \(ordinal) \(report.summary)"
        case .indexProgress(let step, let ordinal, let progress): "\(step), statement \(ordinal): \(progress)"
        case .partitionIndexed(let step, let table, let remaining):
            "\(step) indexed \(table), \(remaining) to follow"
        case .finalizingDetach(let step, let partition):
            "\(step) brings the detaching of \(partition) to its end"
        case .foundDone(let step, let ordinal): "\(step), statement \(ordinal) was done already"
        case .resolvingOutcome(let step): "\(step) lost the connection in COMMIT"
        case .outcomeResolved(let step, let committed): "\(step) was \(committed ? "" : "not ")committed"
        case .finished(let done): "\(done)"
        case .waitingForBackfill(let step, let backfill, let reason):
            "\(step) waits for the backfill \(backfill): \(reason)"
        }
    }
}
