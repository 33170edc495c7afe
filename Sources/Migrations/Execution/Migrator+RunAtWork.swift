import Postgres

extension Migrator {
    /// The session of another run that is at work on this ledger; nil when there is none. Writes nothing and waits for nobody.
    ///
    /// What the ledger says is half of the truth while one is: a file that seems to have stopped half way may be running.
    /// - Throws: `PostgresError`.
    public func runAtWork() throws -> LockHolder? {
        try MigrationLock(configuration.schema).holder(on: connection)
    }
}
