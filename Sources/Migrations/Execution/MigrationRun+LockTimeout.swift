import Postgres
import SQLSyntax

extension MigrationRun {
    /// How long a statement of a file may wait for a lock, unless the file sets it otherwise.
    func lockTimeout(of step: MigrationStep) -> String {
        "\((step.section.options.lockTimeout ?? configuration.lockTimeout).milliseconds)"
    }

    func setLockTimeout(of step: MigrationStep) throws(PostgresError) {
        try connection.execute("SELECT set_config('lock_timeout', \(lockTimeout(of: step)), false)")
    }

    /// Lifts the default lock timeout for a statement that builds or cleans while others work.
    ///
    /// `CREATE INDEX CONCURRENTLY` waits for old transactions by waiting for their locks: a timeout made for
    /// DDL would end it on any busy database and leave an invalid index. It holds up nobody, so it may wait.
    /// A timeout that the file itself has asked for stays.
    func withPatience(for statement: Statement, of step: MigrationStep, _ body: () throws -> Void) throws {
        guard case .outsideTransactionOnly = statement.kind, step.section.options.lockTimeout == nil,
            connection.transactionStatus == .idle
        else { return try body() }
        let current = try connection.queryOne(
            "SELECT setting FROM pg_settings WHERE name = 'lock_timeout'",
            as: String.self
        )
        guard current == lockTimeout(of: step) else { return try body() }
        try connection.execute("SELECT set_config('lock_timeout', '0', false)")
        // After a failure the whole session is reset.
        try body()
        try setLockTimeout(of: step)
    }
}
