import Control
import Foundation
import Postgres
import SQLSyntax

/// What the steps of one run share. Not `Sendable`: one thread, one connection.
final class MigrationRun {
    /// Replaced when the connection was lost in a COMMIT.
    private(set) var connection: Connection
    let configuration: MigratorConfiguration
    let hooks: MigratorHooks
    let ledger: Ledger
    let watch: StatementWatch
    private let lock: MigrationLock
    /// The session, once it holds the lock.
    private(set) var session: HeldSession?
    /// The backend of the session; 0 when it is not known yet.
    var backend: Int32 { session?.backend ?? 0 }
    /// Whether the session holds more than the next file is to see.
    var isDirty = false
    /// How the statements of ours travel that stand behind every file.
    var upkeep = Upkeep.prepared

    /// How they do.
    enum Upkeep {
        /// Read and planned once for all files: of 0.24 ms that taking the session over costs, 0.03 ms are left.
        case prepared
        /// Each time anew, once a file has taken away what was prepared.
        case plain
    }

    init(connection: Connection, configuration: MigratorConfiguration, hooks: MigratorHooks) {
        self.connection = connection
        self.configuration = configuration
        self.hooks = hooks
        ledger = Ledger(schema: configuration.schema)
        lock = MigrationLock(configuration.schema)
        let (options, open) = (connection.options, hooks.reconnect)
        watch = StatementWatch { try open(options) }
    }

    /// Cleans the session, takes the lock and looks whether there are tables, in one message where nobody else holds it.
    /// - Parameter questions: what is asked besides of a database without tables.
    /// - Returns: nil where there are tables, or where it is not known.
    /// - Throws: `PoolerError`, `MigrationLockError`.
    @discardableResult
    func acquireLock(asking questions: [SQL] = []) throws -> EmptyDatabase? {
        let attempt = lock.firstAttempt(inBackend: connection.backendID)
        let own = [SessionStatements.start, attempt, configuration.schema.existenceNow]
        let answers = try connection.rows(ofAll: SessionStatements.reset + own + questions)
            .dropFirst(SessionStatements.reset.count).map(\.self)
        isDirty = false
        connection.forgetPreparedStatements()
        guard answers.count >= own.count, let start = answers[0].first,
            let isHeld = try answers[1].first?.value(Bool?.self, at: 0)
        else {
            try acquireLockThroughPool()
            return nil
        }
        let exists = try answers[2].first?.value(Bool?.self, at: 0)
        try lock.acquire(on: connection, within: configuration.lockWait, isHeld: isHeld) {
            hooks.onEvent(.waitingForLock($0))
        }
        session = try held(start)
        guard isHeld, exists == false else { return nil }
        return EmptyDatabase(answers: questions.isEmpty ? nil : Array(answers[own.count...]))
    }

    /// The connection was told another backend than it has: what stands between may share sessions.
    private func acquireLockThroughPool() throws {
        let (options, open) = (connection.options, hooks.reconnect)
        let backend = try PoolerProbe { try open(options) }.check(connection)
        try lock.acquire(on: connection, within: configuration.lockWait) {
            hooks.onEvent(.waitingForLock($0))
        }
        guard let start = try connection.rows(SessionStatements.start).first else { return }
        session = try held(start)
        if let now = session?.backend, now != backend {
            throw PoolerError.sessionChanged(from: backend, to: now)
        }
    }

    private func held(_ start: Row) throws -> HeldSession {
        let (backend, login, role) = try start.decode(Int32.self, String.self, String.self)
        return HeldSession(lockKey: lock.key, backend: backend, login: login, role: role)
    }

    /// A connection that is gone has given the lock back already.
    func releaseLock() throws {
        guard connection.isOpen else { return }
        try lock.release(on: connection, beside: connection.hasPreparedStatements ? ["DEALLOCATE ALL"] : [])
        connection.forgetPreparedStatements()
    }

    /// Makes the session ours for the rest of a transaction in which a file has run, and looks whether the lock is held.
    func takeOver() throws {
        guard let session else { return }
        let limit = "\(configuration.lockTimeout.milliseconds)"
        try connection.execute(SessionStatements.fireDeferred)
        try connection.execute(SessionStatements.takeOver(session, lockLimit: limit))
    }

    /// Gives the session the state it was opened with, so that no file sees what another has set.
    func resetSession() throws(PostgresError) {
        try connection.runScript(SessionStatements.reset)
        connection.forgetPreparedStatements()
        isDirty = false
    }

    /// The same where the last file has left more than what was cleaned behind it.
    func cleanSession() throws(PostgresError) {
        if isDirty { try resetSession() }
    }

    /// A failure of what is sent beside the statements of a file.
    func bookkeepingFailure(_ error: PostgresError, of step: MigrationStep) -> StepFailure {
        switch HeldSession.Doubt(error) {
        case .lockLost: StepFailure(.lockLost(file: step.section.source.path))
        case .otherSession(let now):
            StepFailure(.bookkeeping(PoolerError.sessionChanged(from: backend, to: now)))
        case .otherTransaction, nil: StepFailure(.bookkeeping(error))
        }
    }

    /// Sends one statement of a file, with its COPY data if it has some.
    ///
    /// In the extended protocol, which takes one command only: text that the server reads otherwise than we
    /// do cannot smuggle in a second one.
    func send(_ index: Int, of section: MigrationSection) throws {
        let statement = section.statements[index]
        do {
            guard let data = statement.copyData else {
                try connection.execute(SQL(unsafe: statement.text))
                return
            }
            _ = try connection.copyIn(SQL(unsafe: statement.text)) { writer in
                for start in stride(from: data.lowerBound, to: data.upperBound, by: CopyWriter.flushSize) {
                    let end = min(start + CopyWriter.flushSize, data.upperBound)
                    try writer.write(section.source.bytes[start..<end])
                }
            }
        } catch let error as PostgresError {
            throw FailedStatement(error, statement: statement, ordinal: index + 1, in: section.source)
        }
    }

    func sendWithEvents(_ index: Int, of step: MigrationStep) throws {
        try withEvents(index, of: step) { try send(index, of: step.section) }
    }

    /// Runs the body, which is what a statement takes, tells of it, and looks who is in its way.
    func withEvents<Value>(_ index: Int, of step: MigrationStep, _ body: () throws -> Value) throws -> Value {
        hooks.onEvent(.statementStarted(step, ordinal: index + 1))
        let start = ContinuousClock.now
        let value = try watching(index, of: step, body)
        hooks.onEvent(.statementFinished(step, ordinal: index + 1, duration: ContinuousClock.now - start))
        return value
    }

    /// Runs an attempt until it works, fails for good, or has met a lock too often.
    func retryingLockConflicts<Value>(_ step: MigrationStep, _ attempt: () throws -> Value) throws -> Value {
        var number = 1
        while true {
            do {
                return try attempt()
            } catch let failed as FailedStatement where failed.error.isLockConflict {
                guard let seconds = configuration.retry.delay(afterAttempt: number) else {
                    throw StepFailure(.lockTimeout(failed, attempts: number, blockers: watch.report))
                }
                let reason = failed.error
                hooks.onEvent(.retrying(step, attempt: number, seconds: seconds, reason: reason))
                Thread.sleep(forTimeInterval: seconds)
                try Task.checkCancellation()
                number += 1
            }
        }
    }

    /// Comes back after the connection was lost in a COMMIT, and takes the lock again.
    ///
    /// The lock is free only when the old session is gone, so its transaction is decided by then.
    func reconnect() throws {
        var number = 1
        while true {
            do {
                let fresh = try hooks.reconnect(connection.options)
                // Swapped: a lost connection that somebody keeps would keep whoever listens.
                swap(&fresh.onNotice, &connection.onNotice)
                connection = fresh
                try acquireLock()
                return
            } catch {
                guard let seconds = configuration.reconnect.delay(afterAttempt: number) else { throw error }
                Thread.sleep(forTimeInterval: seconds)
                number += 1
            }
        }
    }
}
