import Control
import Postgres
import SQLSyntax

/// Runs a `transaction:false` file statement by statement, each recorded as it ends, from the first that is not done.
///
/// With each record stands what the session holds behind it, so that the next run goes on in the session that this one would
/// have had.
final class StatementwiseRun {
    private let run: MigrationRun
    private let step: MigrationStep
    private var progress: StatementProgress
    /// The names by which the server is asked for settings that it does not list.
    private var customSettings: [String] = []
    /// What the session held before the first statement, as the control table keeps it.
    private var began = ""
    /// What it holds now, as the control table keeps it and as a value.
    private var now = ""
    private var state = SessionState()
    /// The first statement of the transaction that the file has opened, from 0.
    private var blockStart: Int?

    private var connection: Connection { run.connection }
    private var statements: [Statement] { step.section.statements }
    private var lockLimit: String { "\(run.configuration.lockTimeout.milliseconds)" }

    init(_ run: MigrationRun, _ step: MigrationStep) {
        (self.run, self.step) = (run, step)
        progress = StatementProgress(step)
    }

    /// - Throws: `StepFailure`.
    func perform() throws {
        do {
            try begin()
            try restoreSession()
            for index in step.finishedStatements..<statements.count { try advance(index) }
            try finish()
        } catch {
            throw failure(error)
        }
    }

    // MARK: begin and end

    private func begin() throws {
        let session = try session()
        let known = try connection.query(
            SessionStatements.customSettings(serverVersion: connection.serverVersion),
            as: String.self
        )
        let spoken = statements.flatMap { CustomSettings.names(in: $0.text) }
        customSettings = Array(Set(known + spoken).sorted().prefix(CustomSettings.limit))
        let answers = try own(
            [SessionStatements.beginFirst] + SessionStatements.reset + run.timeouts(of: step) + [
                note(session)
            ],
            run.ledger.begin(step) + [SessionStatements.noted]
        )
        connection.forgetPreparedStatements()
        run.isDirty = true
        try keep(answers.last)
        began = now
    }

    private func restoreSession() throws {
        guard step.finishedStatements > 0, step.remainingStatements > 0 else { return }
        guard let text = step.recordedSession else { throw notRestorable([Self.unknown]) }
        let recorded = try RecordedSession(json: text)
        guard recorded.certain else { throw notRestorable([Self.unknown]) }
        let resets = statements[step.finishedStatements...].contains(where: \.resetsSettings)
        let restoration = SessionRestoration(recorded, in: state, resets: resets)
        guard restoration.obstacles.isEmpty else { throw notRestorable(restoration.obstacles) }
        for statement in statements[..<step.finishedStatements] where statement.loadsLibrary {
            try connection.execute(SQL(unsafe: statement.text))
        }
        if !restoration.isEmpty { try put(restoration) }
    }

    private static let unknown = "what it had set, which could not be recorded"

    private func put(_ restoration: SessionRestoration) throws {
        do {
            try connection.transaction(of: restoration.statements)
        } catch let error as PostgresError where !error.isConnectionLost {
            throw notRestorable(["its settings: \(error)"])
        }
        let answers = try own([SessionStatements.beginOwn, note(try session())], [SessionStatements.noted])
        try keep(answers.last)
        let missing = restoration.missing(in: state)
        guard missing.isEmpty else { throw notRestorable(missing) }
    }

    private func notRestorable(_ lost: [String]) -> StepFailure {
        let line = statements[step.finishedStatements].line
        return StepFailure(
            .sessionNotRestorable(file: step.section.source.path, line: line, lost: lost),
            left: progress.left
        )
    }

    private func finish() throws {
        guard connection.transactionStatus == .idle else {
            try connection.runScript("ROLLBACK")
            throw StepFailure(.leftTransactionOpen(file: step.section.source.path), left: progress.left)
        }
        try own(
            [SessionStatements.beginOwn],
            run.ledger.finish(step, after: ContinuousClock.now - progress.start),
            behind: SessionStatements.reset
        )
        run.isDirty = false
    }

    // MARK: one statement

    private func advance(_ index: Int) throws {
        progress.current = index + 1
        let statement = statements[index]
        if connection.transactionStatus != .idle {
            try advanceInBlock(index)
        } else if statement.opensBlock {
            try run.sendWithEvents(index, of: step)
            blockStart = index
        } else if statement.sharesTransaction, state.access == .readWrite {
            do {
                try retryLocks { try self.advanceWithRecord(index) }
            } catch let failed as FailedStatement where failed.isRefusedInTransaction {
                try advanceAlone(index)
            }
        } else {
            try advanceAlone(index)
        }
        if connection.transactionStatus == .idle { progress.finished = index + 1 }
        progress.isUncertain = false
    }

    private func retryLocks(_ attempt: () throws -> Void) throws {
        try run.retryingLockConflicts(step, attempt)
    }

    /// A statement that can run in a transaction shares one with its record, so it is done exactly once. Both are one message,
    /// and what the session holds then is looked at right behind it: before the COMMIT what is LOCAL would be seen too.
    private func advanceWithRecord(_ index: Int) throws {
        let session = try session()
        var message = StatementMessage(run, step, index)
        if statements[index].isCopy {
            try connection.runScript("BEGIN")
            do {
                try run.sendWithEvents(index, of: step)
            } catch {
                throw connection.rollBack(after: error)
            }
            message.order = .statementSent
        } else {
            message.before = ["BEGIN"]
        }
        message.record = recording(session, index + 1...index + 1) + ["COMMIT"]
        message.afterwards = keeping(session, index + 1)
        try keep(perform(message, recording: index).dropLast().last)
    }

    private func perform(_ message: StatementMessage, recording index: Int) throws -> [ResultSet] {
        do {
            return try message.perform()
        } catch TransactionError.outcomeUnknown(let cause) {
            if try resolve(index) { progress.finished = index + 1 }
            // The session that the file's settings belonged to is gone: end here, the next run goes on in order.
            throw FailedStatement(
                cause,
                statement: statements[index],
                ordinal: index + 1,
                in: step.section.source
            )
        }
    }

    private func resolve(_ index: Int) throws -> Bool {
        run.hooks.onEvent(.resolvingOutcome(step))
        do {
            try run.reconnect()
            let query = LedgerStatements.isFinished(index + 1, of: step, in: run.configuration.schema)
            let committed = try connection.queryOne(query, as: Int.self) > 0
            run.hooks.onEvent(.outcomeResolved(step, committed: committed))
            return committed
        } catch {
            throw StepFailure(.outcomeUnknown(error), left: .unknown)
        }
    }

    /// A statement in a transaction that the file has opened. It is recorded when that is over, together with all of it.
    private func advanceInBlock(_ index: Int) throws {
        let first = blockStart ?? index
        guard let end = statements[index].blockEnd, end != .other else {
            try run.sendWithEvents(index, of: step)
            if connection.transactionStatus == .idle { try recordBlock(first...index) }
            return
        }
        let session = try session()
        var message = StatementMessage(run, step, index)
        message.order = .recordFirst
        message.record = recording(session, first + 1...index + 1)
        if end == .commit { message.afterwards = keeping(session, index + 1) }
        let answers = try perform(message, recording: index)
        if end == .commit { try keep(answers.dropLast().last) }
        blockStart = end == .commit ? nil : index
    }

    /// For a block that was rolled back, or prepared for a commit in two phases.
    private func recordBlock(_ block: ClosedRange<Int>) throws {
        let session = try session()
        let ordinals = block.lowerBound + 1...block.upperBound + 1
        let answers = try own(
            [SessionStatements.beginOwn, note(session)],
            [record(ordinals), keepSession(ordinals.upperBound)]
        )
        try keep(answers.last)
        blockStart = nil
    }

    /// A statement that cannot share a transaction is recorded before and after.
    private func advanceAlone(_ index: Int) throws {
        let (statement, session) = (statements[index], try session())
        let isPatient =
            LockRule(statement).patience == .unlimited && step.section.options.lockTimeout == nil
            && state.settings["lock_timeout"] == run.lockTimeout(of: step)
        let begun = try own(
            [SessionStatements.beginOwn],
            [
                LedgerStatements.begin(index + 1, of: step, in: run.configuration.schema),
                SessionStatements.localTransaction,
            ],
            behind: isPatient ? [SessionStatements.set("lock_timeout", "0")] : []
        )
        progress.isUncertain = true
        progress.transaction = try begun.last?.first?.value(Int64.self, at: 0)
        try sendRepeatedly(index)
        let answers = try own(
            // A build that waits for old transactions may wait longer than the file; what follows may not.
            [SessionStatements.beginOwn]
                + (isPatient ? [SessionStatements.set("lock_timeout", run.lockTimeout(of: step))] : [])
                + [note(session)],
            [record(index + 1...index + 1), keepSession(index + 1)]
        )
        try keep(answers.last)
    }

    /// Sends a statement again that met a lock, where a second attempt does what the first was to do.
    private func sendRepeatedly(_ index: Int) throws {
        if statements[index].discardsAll { return try discardAll(index) }
        let earlier = step.openStatement.flatMap { $0.ordinal == index + 1 ? $0 : nil }
        var attempts = 0
        let attempt = { [self] in
            attempts += 1
            try run.sendBare(
                BareStatement(
                    index: index,
                    step: step,
                    isRepeated: earlier != nil || attempts > 1,
                    mayBeDone: earlier?.hasFailed == false
                )
            )
        }
        guard LockRule(statements[index]).mayRepeat else { return try attempt() }
        try run.retryingLockConflicts(step, attempt)
    }

    /// `DISCARD ALL` gives all locks back, ours too: it is taken again in the same message. Whether it is held then is looked at
    /// with the record.
    private func discardAll(_ index: Int) throws {
        var message = StatementMessage(run, step, index)
        message.afterwards = [SessionStatements.takeLockAgain(try session())]
        message.firesDeferred = false
        _ = try message.perform()
    }

    // MARK: records

    private func session() throws -> HeldSession {
        guard let session = run.session else { throw StepFailure(.lockLost(file: step.section.source.path)) }
        return session
    }

    private func note(_ session: HeldSession) -> SQL {
        SessionStatements.note(session, customSettings: customSettings)
    }

    private func takeOver(_ session: HeldSession) -> SQL {
        SessionStatements.takeOver(session, lockLimit: lockLimit)
    }

    private func record(_ ordinals: ClosedRange<Int>) -> SQL {
        LedgerStatements.finish(ordinals, of: step, in: run.configuration.schema)
    }

    private func keepSession(_ ordinal: Int) -> SQL {
        LedgerStatements.keepSession(ordinal, began: began, of: step, in: run.configuration.schema)
    }

    /// Records statements in their own transaction, and what the session holds as far as it can be told there.
    private func recording(_ session: HeldSession, _ ordinals: ClosedRange<Int>) -> [SQL] {
        let keep = LedgerStatements.keepSession(
            ordinals.upperBound,
            began: began,
            // What LISTEN does is seen behind the COMMIT only.
            unchangedSince: speaksOfListen(ordinals) ? "null" : now,
            of: step,
            in: run.configuration.schema
        )
        return [note(session), takeOver(session), record(ordinals), keep]
    }

    private func speaksOfListen(_ ordinals: ClosedRange<Int>) -> Bool {
        statements[ordinals.lowerBound - 1..<ordinals.upperBound].contains {
            $0.text.uppercased().contains("LISTEN")
        }
    }

    /// Looks again behind the COMMIT where the session was not as before.
    private func keeping(_ session: HeldSession, _ ordinal: Int) -> [SQL] {
        let schema = run.configuration.schema
        return [
            SessionStatements.beginOwn,
            SessionStatements.noteAgain(
                session,
                customSettings: customSettings,
                channels: state.kept.count { $0.hasPrefix("LISTEN ") }
            ),
            takeOver(session),
            LedgerStatements.keepSessionAgain(ordinal, began: began, of: step, in: schema),
            "COMMIT",
        ]
    }

    private func keep(_ answer: ResultSet?) throws {
        guard let text = try answer?.first?.value(String.self, at: 0) else { return }
        now = text
        state = try SessionState(json: text)
    }

    /// Does something to the control tables in a transaction of our own, as the role that connected, in one message.
    /// - Parameters:
    ///   - before: BEGIN, and what looks at the session as the file has left it. A query in front of BEGIN would be the first of
    ///     its transaction.
    ///   - behind: sent behind COMMIT.
    /// - Returns: the answers to `statements`.
    @discardableResult
    private func own(_ before: [SQL], _ statements: [SQL], behind: [SQL] = []) throws -> [ResultSet] {
        let opening = before + [takeOver(try session())]
        do {
            let answers = try connection.rows(ofAll: opening + statements + ["COMMIT"] + behind)
            return Array(answers[opening.count..<opening.count + statements.count])
        } catch {
            throw connection.rollBack(after: error)
        }
    }

    // MARK: failures

    private func failure(_ error: any Error) -> StepFailure {
        switch error {
        case let failed as FailedStatement:
            let isLost = failed.error.isConnectionLost
            let failed = isLost ? failed : run.limited(failed, of: step)
            if !isLost, !mayHaveCommitted(failed) { progress.isUncertain = false }
            if !isLost { note(failed) }
            return StepFailure(failed, left: progress.leftUncertain)
        case let failure as StepFailure:
            if case .lockTimeout(let failed, _, _) = failure.reason { note(failed) }
            return failure.left == .nothing ? failure.leaving(progress.left) : failure
        case let error as PostgresError:
            return run.bookkeepingFailure(error, of: step).leaving(progress.leftUncertain)
        default:
            return StepFailure(.bookkeeping(error), left: progress.leftUncertain)
        }
    }

    /// Whether a procedure or a block has committed before it failed. The number of the session's transactions tells: one of
    /// them is the statement's when it has not.
    private func mayHaveCommitted(_ failed: FailedStatement) -> Bool {
        guard progress.isUncertain, statements[failed.ordinal - 1].mayCommit else { return false }
        guard connection.transactionStatus == .idle, let before = progress.transaction,
            let now = try? connection.queryOne(SessionStatements.localTransaction, as: Int64.self)
        else { return true }
        return now != before + 2
    }

    /// For people who look into the ledger; that it cannot be written must not hide the failure itself.
    private func note(_ failed: FailedStatement) {
        if connection.transactionStatus != .idle { try? connection.runScript("ROLLBACK") }
        let record = LedgerStatements.fail(
            failed.ordinal,
            error: "\(failed.error)",
            of: step,
            in: run.configuration.schema
        )
        _ = try? own([SessionStatements.beginOwn], [record])
    }
}
