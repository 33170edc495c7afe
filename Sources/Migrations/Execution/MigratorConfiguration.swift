public import Control
public import Postgres

/// How a migrator behaves, with its defaults.
public struct MigratorConfiguration: Sendable {
    /// Where the ledger is. Default: the schema `caisson`.
    public var schema = ControlSchema()

    /// How long to wait for another run to end. Default: 60 s.
    public var lockWait = Duration.seconds(60)

    /// How long a statement may wait for a lock at each attempt. Default: 5 s. Statements that cannot run in
    /// a transaction, such as `CREATE INDEX CONCURRENTLY`, wait without limit.
    ///
    /// A DDL statement that waits holds up everybody who comes behind it, so it gives up soon and comes
    /// again.
    public var lockTimeout = Duration.seconds(5)

    /// How long a statement may run. Default: what the server says for the role and the database.
    public var statementTimeout: Duration?

    /// How the transaction of a file is isolated. Default: READ COMMITTED, whatever the server's default is.
    public var isolation = TransactionOptions.Isolation.readCommitted

    /// How a file is tried again after a lock timeout or a deadlock. Default: ten attempts, 0.5 s to 30 s
    /// between them.
    public var retry = Backoff(initial: 0.5, maximum: 30, attempts: 10)

    /// How to come back after the connection was lost in a COMMIT. Default: for about a minute.
    public var reconnect = Backoff(initial: 0.2, maximum: 10, attempts: 12)

    /// What to do with files that come before applied ones. Default: refuse.
    public var late = LatePolicy.refuse

    /// What to do on the way down in front of a migration that cannot be reverted. Default: revert nothing.
    public var reach = ReachPolicy.whole

    /// What to do with `CREATE INDEX CONCURRENTLY IF NOT EXISTS` where another index has the name. Default: refuse.
    public var existingIndex = ExistingIndexPolicy.refuse

    /// The defaults.
    public init() {}
}
