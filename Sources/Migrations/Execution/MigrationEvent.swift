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
