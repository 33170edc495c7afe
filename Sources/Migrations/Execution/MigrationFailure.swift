public import Control
public import Postgres

/// A migration that failed, what it left behind, and what to do next.
public struct MigrationFailure: Error, Sendable {
    /// Why it failed.
    public enum Reason: Sendable {
        /// The server refused a statement.
        case statement(FailedStatement)
        /// Every attempt met a lock or a deadlock; who was in the way, as far as that was seen.
        case lockTimeout(FailedStatement, attempts: Int, blockers: BlockerReport?)
        /// A statement ended the transaction that held the migration together.
        case endedTransaction(file: String, line: Int)
        /// The last statement of a file outside a transaction left one open.
        case leftTransactionOpen(file: String)
        /// `CREATE INDEX CONCURRENTLY` ended and the index is not valid.
        case invalidIndex(name: String, file: String, line: Int)
        /// An index of that name stands there already and is another one; what it is.
        case otherIndex(name: String, found: String, file: String, line: Int)
        /// Somebody else is building an index of that name.
        case indexUnderConstruction(name: String, pid: Int32, file: String, line: Int)
        /// The migration lock is not held any more: a statement has given it back.
        case lockLost(file: String)
        /// A file that stopped half way needs what only its lost session had.
        case sessionNotRestorable(file: String, line: Int, lost: [String])
        /// The server refused the COMMIT, for instance for a deferred constraint.
        case commit(PostgresError)
        /// The connection was lost while a statement ran.
        case connectionLost(FailedStatement)
        /// The connection was lost in the COMMIT and the outcome could not be looked up.
        case outcomeUnknown(any Error)
        /// The ledger could not be written, or the session not be prepared.
        case bookkeeping(any Error)
    }

    /// What a failed migration has left in the database.
    public enum Left: Hashable, Sendable {
        /// Nothing: its transaction was rolled back.
        case nothing
        /// So many statements of the file are done and recorded; the next run goes on behind them. One may
        /// have taken effect without its end being recorded; its place in the file.
        case position(finished: Int, of: Int, uncertain: Int?)
        /// What stood before the place was committed.
        case committedPart
        /// It is not known; the next run looks it up.
        case unknown
    }

    /// What failed.
    public let step: MigrationStep

    /// Why.
    public let reason: Reason

    /// What is left of it.
    public let left: Left

    /// What was done before it in the same run.
    public let completed: [CompletedMigration]

    /// What was to follow.
    public let remaining: [MigrationStep]
}
