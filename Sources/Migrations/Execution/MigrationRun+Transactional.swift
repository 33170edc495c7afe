import Control
import Postgres
import SQLSyntax

extension MigrationRun {
    /// Runs a file in one transaction together with its ledger row.
    func runInTransaction(_ step: MigrationStep) throws {
        let start = ContinuousClock.now
        do {
            try retryingLockConflicts(step) {
                while try !attemptInTransaction(step, since: start) {}
            }
        } catch let failed as FailedStatement {
            throw StepFailure(failed)
        } catch let error as PostgresError {
            throw StepFailure(.bookkeeping(error))
        }
    }

    /// False when the transaction turned out to be rolled back by a lost connection, and is to be run again.
    ///
    /// Three round trips for a file of one statement: the cleaned session with BEGIN, the statement, the ledger with
    /// COMMIT. One each for the ten statements would make small migrations take half as long again.
    private func attemptInTransaction(
        _ step: MigrationStep,
        since start: ContinuousClock.Instant
    ) throws -> Bool {
        var transactionID: String?
        var isComplete = false
        let frame = TransactionFrame(before: SessionStatements.reset, first: SessionStatements.place) {
            [ledger] in
            isComplete = true
            return SessionStatements.ownRole + ledger.outdate(by: step)
                + [ledger.finish(step, after: ContinuousClock.now - start)]
        }
        do {
            try connection.transaction(options(of: step), in: frame) { _, place in
                transactionID = try ownTransactionID(place)
                try sendAll(step)
            }
            return true
        } catch TransactionError.outcomeUnknown(let cause) {
            return try resolve(step, transactionID, after: cause)
        } catch TransactionError.rolledBackByServer {
            throw StepFailure(.bookkeeping(TransactionError.rolledBackByServer))
        } catch let error as PipelineError {
            throw StepFailure(.bookkeeping(error.cause))
        } catch let error as PostgresError where isComplete && !error.isConnectionLost {
            throw StepFailure(.commit(error))
        }
    }

    /// The transaction's number, once it is sure that the transaction is in the session which holds the lock.
    private func ownTransactionID(_ place: ResultSet) throws -> String {
        guard let row = place.first else {
            throw PostgresError.invalidArgument("expected one row, got none: \(SessionStatements.place)")
        }
        let (number, backend) = try row.decode(String.self, Int32.self)
        guard backend == self.backend || self.backend == 0 else {
            throw StepFailure(.bookkeeping(PoolerError.sessionChanged(from: self.backend, to: backend)))
        }
        return number
    }

    private func options(of step: MigrationStep) -> TransactionOptions {
        TransactionOptions(settings: [.init("lock_timeout", lockTimeout(of: step))])
    }

    /// After every statement the server's own word for the transaction is checked: what the plan did not see,
    /// such as a COMMIT that only the server recognises, is caught before the next statement is sent.
    func sendAll(_ step: MigrationStep) throws {
        for index in step.section.statements.indices {
            try sendWithEvents(index, of: step)
            guard connection.transactionStatus == .inTransaction else {
                let line = step.section.statements[index].line
                throw StepFailure(
                    .endedTransaction(file: step.section.source.path, line: line),
                    left: .committedPart
                )
            }
        }
    }

    /// Asks the server what became of a transaction whose COMMIT was not answered.
    private func resolve(
        _ step: MigrationStep,
        _ transactionID: String?,
        after cause: PostgresError
    ) throws -> Bool {
        hooks.onEvent(.resolvingOutcome(step))
        do {
            try reconnect()
            let committed = try hasCommitted(step, transactionID)
            hooks.onEvent(.outcomeResolved(step, committed: committed))
            return committed
        } catch {
            throw StepFailure(.outcomeUnknown(error), left: .unknown)
        }
    }

    /// The transaction's status where the server still knows it; the ledger, written in the same transaction,
    /// in any case.
    private func hasCommitted(_ step: MigrationStep, _ transactionID: String?) throws -> Bool {
        let recorded = try ledger.hasFinished(step, on: connection)
        guard let transactionID, !recorded else { return recorded }
        // After a failover the number may be in the new server's future: then only the ledger counts.
        let status = try? connection.queryOne(
            SessionStatements.status(ofTransaction: transactionID),
            as: String?.self
        )
        if status == .some("committed") { throw TransactionOutcomeConflict(transactionID: transactionID) }
        return false
    }
}

/// The server says that the transaction was committed, and the ledger row written in it is not there.
struct TransactionOutcomeConflict: Error, CustomStringConvertible {
    let transactionID: String

    var description: String {
        "transaction \(transactionID) was committed, but its ledger row is gone: somebody has changed the ledger since"
    }
}
