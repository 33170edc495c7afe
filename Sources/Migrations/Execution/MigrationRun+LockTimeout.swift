import Control
import Postgres
import SQLSyntax

extension MigrationRun {
    /// How long a statement of a file may wait for a lock, unless the file sets it otherwise.
    func lockTimeout(of step: MigrationStep) -> String {
        "\(lockLimit(of: step).milliseconds)"
    }

    private func lockLimit(of step: MigrationStep) -> Duration {
        step.section.options.lockTimeout ?? configuration.lockTimeout
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
        guard LockRule(statement).patience == .unlimited, step.section.options.lockTimeout == nil,
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

    /// Runs the body, which sends a statement, and tells who is in its way and how far it has come.
    func watching<Value>(_ index: Int, of step: MigrationStep, _ body: () throws -> Value) rethrows -> Value {
        let statement = step.section.statements[index]
        let buildsIndex = ConcurrentCommand(statement) != nil
        watch.begin(step, ordinal: index + 1)
        return try connection.watched(every: watchInterval(of: step)) { [self] in
            for sight in watch.look(at: backend, buildsIndex: buildsIndex) {
                switch sight {
                case .blocked(let report): hooks.onEvent(.blocked(step, ordinal: index + 1, report))
                case .progress(let progress):
                    hooks.onEvent(.indexProgress(step, ordinal: index + 1, progress))
                }
            }
            return .goOn
        } _: {
            try body()
        }
    }

    /// Several looks before the timeout, the last shortly before it; never so often that the looking is felt.
    private func watchInterval(of step: MigrationStep) -> Duration {
        let limit = lockLimit(of: step)
        guard limit > .zero else { return .milliseconds(500) }
        return min(.milliseconds(500), max(.milliseconds(10), limit / 6))
    }
}
