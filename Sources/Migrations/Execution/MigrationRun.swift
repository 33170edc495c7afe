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
    /// The backend that holds the lock; behind a pooler not the one that the connection was told of.
    private(set) var backend: Int32 = 0

    init(connection: Connection, configuration: MigratorConfiguration, hooks: MigratorHooks) {
        self.connection = connection
        self.configuration = configuration
        self.hooks = hooks
        ledger = Ledger(schema: configuration.schema)
        lock = MigrationLock(configuration.schema)
        let (options, open) = (connection.options, hooks.reconnect)
        watch = StatementWatch { try open(options) }
    }

    /// - Throws: `PoolerError`, `MigrationLockError`.
    func acquireLock() throws {
        let (options, open) = (connection.options, hooks.reconnect)
        backend = try PoolerProbe { try open(options) }.check(connection)
        try lock.acquire(on: connection, within: configuration.lockWait) {
            hooks.onEvent(.waitingForLock($0))
        }
    }

    /// A connection that is gone has given the lock back already.
    func releaseLock() throws {
        if connection.isOpen { try lock.release(on: connection) }
    }

    /// Gives the session the state it was opened with, so that no file sees what another has set.
    func resetSession() throws(PostgresError) {
        try connection.runScript(SessionStatements.reset)
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
        hooks.onEvent(.statementStarted(step, ordinal: index + 1))
        let start = ContinuousClock.now
        try watching(index, of: step) { try send(index, of: step.section) }
        hooks.onEvent(.statementFinished(step, ordinal: index + 1, duration: ContinuousClock.now - start))
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
