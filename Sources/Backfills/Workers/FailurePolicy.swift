import Postgres

/// Decides what becomes of a chunk whose transaction failed. It has been rolled back, or its outcome must be looked up.
struct FailurePolicy: Sendable, Hashable {
    /// What to do.
    enum Decision: Sendable, Hashable {
        /// The same chunk again after some seconds.
        case retry(after: Double)
        /// A smaller chunk again after some seconds.
        case shrink(after: Double)
        /// Open the connection again after some seconds, look up what became of the chunk, and go on from there.
        case reconnect(after: Double)
        /// Somebody else owns the range by now: leave it to them.
        case giveUpRange
        /// A person cancelled the statement: pause the run, never hammer.
        case pause
        /// A row of the chunk cannot be applied: find it.
        case isolate
        /// It will not get better by itself.
        case fail
    }

    /// Waits between attempts; what is lost with the connection is worth waiting for longer.
    var backoff = Backoff()
    /// How long a statement may run, in seconds; 0 is for ever.
    var statementTimeout = 0.0

    /// The decision for an error.
    ///
    /// - Parameters:
    ///   - attempt: how often the chunk was tried without any progress, from 1.
    ///   - elapsed: the seconds that the last attempt took.
    func decision(for error: any Error, attempt: Int, elapsed: Double) -> Decision {
        switch error {
        case is LeaseLost: .giveUpRange
        case TransactionError.outcomeUnknown: reconnect(attempt)
        case TransactionError.cleanupFailed(let cause, _):
            decision(for: cause, attempt: attempt, elapsed: elapsed)
        case BackfillError.rowFailed: .isolate
        case BackfillError.statementFailed(_, _, let server): isAboutRow(server.sqlState) ? .isolate : .fail
        case let error as PostgresError: decision(for: error, attempt, elapsed)
        default: .fail
        }
    }

    private func decision(for error: PostgresError, _ attempt: Int, _ elapsed: Double) -> Decision {
        if let state = error.sqlState, isAboutRow(state), !error.isConnectionLost { return .isolate }
        if error.isConnectionLost { return error.isTransient ? reconnect(attempt) : .fail }
        guard let delay = backoff.delay(afterAttempt: attempt) else { return .fail }
        switch error.sqlState {
        case .deadlockDetected, .serializationFailure: return .retry(after: delay)
        case .lockNotAvailable: return .shrink(after: delay)
        // The server gives its own timeout and a person's cancel the same code, and words in its own language.
        case .queryCanceled: return wasTimeout(elapsed) ? .shrink(after: 0) : .pause
        default: return error.isTransient ? .retry(after: delay) : .fail
        }
    }

    /// Whether a code speaks of the data of one row rather than of the statement as a whole: data exceptions, broken
    /// constraints, what functions and triggers raise, limits that one value goes beyond.
    private func isAboutRow(_ state: SQLState) -> Bool {
        ["21", "22", "23", "27", "38", "39", "44", "54", "P0"].contains(String(state.rawValue.prefix(2)))
    }

    private func wasTimeout(_ elapsed: Double) -> Bool {
        statementTimeout > 0 && elapsed >= statementTimeout * 0.95
    }

    private func reconnect(_ attempt: Int) -> Decision {
        backoff.delay(afterAttempt: attempt).map { .reconnect(after: $0) } ?? .fail
    }
}
