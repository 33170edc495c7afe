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

    /// How long a statement of a file may run, unless the file sets it otherwise; nil for what the server says.
    func statementTimeout(of step: MigrationStep) -> String? {
        (step.section.options.statementTimeout ?? configuration.statementTimeout).map { "\($0.milliseconds)" }
    }

    /// The time limits of a file, made for the session.
    func timeouts(of step: MigrationStep) -> [SQL] {
        [SessionStatements.set("lock_timeout", lockTimeout(of: step))]
            + (statementTimeout(of: step).map { [SessionStatements.set("statement_timeout", $0)] } ?? [])
    }

    /// Adds to a statement that ran into its time limit what the limit was, and where it came from.
    ///
    /// The server has one code for the limit and for a person who cancels. Its own words tell them apart where it speaks
    /// English; elsewhere a limit that is set is taken for the reason.
    func limited(_ failed: FailedStatement, of step: MigrationStep) -> FailedStatement {
        guard case .server(let error) = failed.error, error.sqlState == .queryCanceled,
            !error.message.contains("user request"), !Task.isCancelled
        else { return failed }
        var failed = failed
        if let option = step.section.options.statementTimeout {
            failed.timeLimit = StatementTimeLimit(option, .marker)
        } else if let option = configuration.statementTimeout {
            failed.timeLimit = StatementTimeLimit(option, .command)
        } else if let (limit, source) = try? connection.queryOne(
            SessionStatements.statementTimeout,
            as: Int64.self,
            String.self
        ) {
            failed.timeLimit = StatementTimeLimit(.milliseconds(limit), limit > 0 ? .server(source) : .file)
        }
        return failed
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
