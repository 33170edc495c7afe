import Control
import Postgres
import SQLSyntax

extension MigrationRun {
    /// Runs a file in one transaction together with its ledger row.
    func runInTransaction(_ step: MigrationStep) throws {
        let start = ContinuousClock.now
        do {
            try retryingLockConflicts(step) {
                while try !attemptInTransaction(step, since: start, .together) {}
            }
        } catch let failed as FailedStatement {
            throw StepFailure(limited(failed, of: step))
        } catch let error as PostgresError {
            throw StepFailure(.bookkeeping(error))
        }
    }

    /// False when the transaction turned out to be rolled back by a lost connection, and is to be run again.
    private func attemptInTransaction(
        _ step: MigrationStep,
        since start: ContinuousClock.Instant,
        _ pace: FileTransaction.Pace
    ) throws -> Bool {
        try cleanSession()
        let transaction = FileTransaction(self, step, since: start, pace)
        switch try transaction.perform() {
        case .committed: return true
        case .unmarked: return try attemptInTransaction(step, since: start, .oneByOne)
        case .unprepared:
            upkeep = .plain
            return try attemptInTransaction(step, since: start, pace)
        case .unknown(let cause, let statement):
            if try resolve(step, transaction.transactionID, after: cause) { return true }
            // The statement may be what has ended the connection.
            if let statement { throw statement }
            return false
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
