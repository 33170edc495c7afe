import Postgres

extension Migrator {
    /// Does something to the ledger under the migration lock, which is given back whatever happens.
    func underLock<Value>(_ body: (MigrationRun) throws -> Value) throws -> Value {
        let run = MigrationRun(connection: connection, configuration: configuration, hooks: hooks)
        try run.acquireLock()
        forgetSnapshot()
        let value: Value
        do {
            value = try body(run)
        } catch {
            // The error is what counts; the lock goes with the session at the latest.
            try? run.releaseLock()
            throw error
        }
        try run.releaseLock()
        return value
    }
}
