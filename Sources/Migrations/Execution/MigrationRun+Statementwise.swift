import Control
import Postgres
import SQLSyntax

extension MigrationRun {
    /// Runs a `transaction:false` file statement by statement, each recorded as it ends, from the first that
    /// is not done.
    func runStatementwise(_ step: MigrationStep) throws {
        var progress = StatementProgress(step)
        do {
            try resetSession()
            try setLockTimeout(of: step)
            try withOwnRole { try ledger.begin(step, on: $0) }
            try restoreSettings(of: step)
            for index in step.finishedStatements..<step.section.statements.count {
                try advance(index, of: step, &progress)
            }
            try finishStatementwise(step, progress)
        } catch {
            throw failure(error, of: step, progress)
        }
    }

    /// What earlier statements have set holds for the session only, and this is another one.
    private func restoreSettings(of step: MigrationStep) throws {
        for index in 0..<step.finishedStatements {
            var lexer = Lexer(Array(step.section.statements[index].text.utf8))
            guard let first = try lexer.nextSignificant() else { continue }
            let word = String(decoding: lexer.bytes[first.range], as: UTF8.self).uppercased()
            if word == "SET" || word == "RESET" { try send(index, of: step.section) }
        }
    }

    private func advance(_ index: Int, of step: MigrationStep, _ progress: inout StatementProgress) throws {
        progress.current = index + 1
        if runsInTransaction(step.section.statements[index]), connection.transactionStatus == .idle {
            do {
                try advanceInTransaction(index, of: step, &progress)
            } catch let failed as FailedStatement where failed.isRefusedInTransaction {
                try advanceBare(index, of: step, &progress)
            }
        } else {
            try advanceBare(index, of: step, &progress)
        }
        if connection.transactionStatus == .idle { progress.finished = index + 1 }
        progress.isUncertain = false
    }

    private func runsInTransaction(_ statement: Statement) -> Bool {
        switch statement.kind {
        case .ordinary, .copyFromStdin: true
        case .transactionControl, .savepoint, .outsideTransactionOnly, .dependsOnTarget: false
        }
    }

    /// A statement that can run in a transaction shares one with its record, so it is done exactly once.
    private func advanceInTransaction(
        _ index: Int,
        of step: MigrationStep,
        _ progress: inout StatementProgress
    ) throws {
        let hash = step.section.hash(of: step.section.statements[index])
        try retryingLockConflicts(step) {
            do {
                try connection.transaction { connection in
                    try sendWithEvents(index, of: step)
                    try connection.runScript(SessionStatements.ownRole)
                    try connection.execute(
                        LedgerStatements.finish(index + 1, hash: hash, of: step, in: configuration.schema)
                    )
                }
            } catch TransactionError.outcomeUnknown(let cause) {
                if try resolve(index, of: step) { progress.finished = index + 1 }
                // The session that the file's settings belonged to is gone: end here, the next run goes on in
                // order.
                let statement = step.section.statements[index]
                throw FailedStatement(
                    cause,
                    statement: statement,
                    ordinal: index + 1,
                    in: step.section.source
                )
            }
        }
    }

    private func resolve(_ index: Int, of step: MigrationStep) throws -> Bool {
        hooks.onEvent(.resolvingOutcome(step))
        do {
            try reconnect()
            let query = LedgerStatements.isFinished(index + 1, of: step, in: configuration.schema)
            let committed = try connection.queryOne(query, as: Int.self) > 0
            hooks.onEvent(.outcomeResolved(step, committed: committed))
            return committed
        } catch {
            throw StepFailure(.outcomeUnknown(error), left: .unknown)
        }
    }

    /// A statement that cannot share a transaction is recorded before and after.
    private func advanceBare(_ index: Int, of step: MigrationStep, _ progress: inout StatementProgress) throws
    {
        let statement = step.section.statements[index]
        let hash = step.section.hash(of: statement)
        let index1 = index + 1
        let isOpen = connection.transactionStatus != .idle
        if !isOpen {
            try withOwnRole {
                try $0.execute(LedgerStatements.begin(index1, hash: hash, of: step, in: configuration.schema))
            }
        }
        progress.isUncertain = !isOpen && statement.kind != .transactionControl(command: "BEGIN")
        try withPatience(for: statement, of: step) {
            try sendRepeatedly(index, of: step, isAlone: !isOpen)
        }
        try withOwnRole {
            try $0.execute(LedgerStatements.finish(index1, hash: hash, of: step, in: configuration.schema))
        }
    }

    /// Sends a statement again that met a lock, where a second attempt does what the first was to do.
    private func sendRepeatedly(_ index: Int, of step: MigrationStep, isAlone: Bool) throws {
        let earlier = step.openStatement.flatMap { $0.ordinal == index + 1 ? $0 : nil }
        var attempts = 0
        let attempt = { [self] in
            attempts += 1
            try sendBare(
                BareStatement(
                    index: index,
                    step: step,
                    isRepeated: earlier != nil || attempts > 1,
                    mayBeDone: earlier?.hasFailed == false
                )
            )
        }
        guard isAlone, LockRule(step.section.statements[index]).mayRepeat else { return try attempt() }
        try retryingLockConflicts(step, attempt)
    }

    /// Writes to the ledger as the role that connected, whatever role the file has put on; inside a
    /// transaction that the file has opened, as the file's role.
    private func withOwnRole(_ body: (Connection) throws -> Void) throws {
        guard connection.transactionStatus == .idle else { return try body(connection) }
        try connection.transaction { connection in
            try connection.runScript(SessionStatements.ownRole)
            try body(connection)
        }
    }

    private func finishStatementwise(_ step: MigrationStep, _ progress: StatementProgress) throws {
        guard connection.transactionStatus == .idle else {
            try connection.runScript("ROLLBACK")
            throw StepFailure(.leftTransactionOpen(file: step.section.source.path), left: progress.left)
        }
        try withOwnRole { connection in
            for statement in ledger.outdate(by: step) { try connection.execute(statement) }
            try connection.execute(ledger.finish(step, after: ContinuousClock.now - progress.start))
        }
    }

    // MARK: failures

    private func failure(
        _ error: any Error,
        of step: MigrationStep,
        _ progress: StatementProgress
    ) -> StepFailure {
        switch error {
        case let failed as FailedStatement:
            let isLost = failed.error.isConnectionLost
            if !isLost { note(failed, of: step) }
            return StepFailure(failed, left: isLost ? progress.leftUncertain : progress.left)
        case let failure as StepFailure:
            if case .lockTimeout(let failed, _, _) = failure.reason { note(failed, of: step) }
            return failure.left == .nothing ? failure.leaving(progress.left) : failure
        default:
            return StepFailure(.bookkeeping(error), left: progress.leftUncertain)
        }
    }

    /// For people who look into the ledger; that it cannot be written must not hide the failure itself.
    private func note(_ failed: FailedStatement, of step: MigrationStep) {
        let statement = step.section.statements[failed.ordinal - 1]
        if connection.transactionStatus != .idle { try? connection.runScript("ROLLBACK") }
        try? withOwnRole {
            let hash = step.section.hash(of: statement)
            try $0.execute(
                LedgerStatements.fail(
                    failed.ordinal,
                    hash: hash,
                    error: "\(failed.error)",
                    of: step,
                    in: configuration.schema
                )
            )
        }
    }
}

/// How far a file outside a transaction has come in this run.
struct StatementProgress {
    let start = ContinuousClock.now
    private let total: Int
    /// Statements whose record is committed.
    var finished: Int
    /// The statement under way, from 1.
    var current: Int
    /// Whether it may take effect without being recorded.
    var isUncertain = false

    init(_ step: MigrationStep) {
        total = step.section.statements.count
        finished = step.finishedStatements
        current = step.finishedStatements + 1
    }

    var left: MigrationFailure.Left { .position(finished: finished, of: total, uncertain: nil) }

    var leftUncertain: MigrationFailure.Left {
        .position(finished: finished, of: total, uncertain: isUncertain ? current : nil)
    }
}
