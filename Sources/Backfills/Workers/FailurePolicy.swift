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
        /// The session was ended by a person, or by a server that goes away: ask it, and then reconnect or pause.
        case askServer(after: Double)
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
        case TransactionError.outcomeUnknown(let cause): reconnect(attempt, after: cause)
        case TransactionError.cleanupFailed(let cause, _):
            decision(for: cause, attempt: attempt, elapsed: elapsed)
        case _ where Self.isAboutRow(error): .isolate
        case let error as PostgresError: decision(for: error, attempt, elapsed)
        default: .fail
        }
    }

    private func decision(for error: PostgresError, _ attempt: Int, _ elapsed: Double) -> Decision {
        if error.isConnectionLost { return error.isTransient ? reconnect(attempt, after: error) : .fail }
        guard let delay = backoff.delay(afterAttempt: attempt) else { return .fail }
        switch error.sqlState {
        // Fewer rows meet fewer of the others.
        case .deadlockDetected, .serializationFailure, .lockNotAvailable: return .shrink(after: delay)
        case .queryCanceled: return wasTimeout(error, elapsed) ? .shrink(after: 0) : .pause
        default: return error.isTransient ? .retry(after: delay) : .fail
        }
    }

    /// Whether an error is about a row: about its data, or what the author's code says of it.
    static func isAboutRow(_ error: any Error) -> Bool {
        switch error {
        case BackfillError.rowFailed: true
        case BackfillError.statementFailed(_, _, let server): isAboutRow(server.sqlState)
        case let error as PostgresError: !error.isConnectionLost && error.sqlState.map(isAboutRow) == true
        default: false
        }
    }

    /// Where an error comes from that people may be behind.
    enum Origin: Sendable, Hashable {
        /// A statement was cancelled.
        case cancel
        /// The session was ended in the way in which a shutdown ends it.
        case shutdown
        /// None of these.
        case other
    }

    /// Where an error outside of a chunk comes from. No time limit is set there, but a role may have one.
    static func origin(of error: any Error) -> Origin {
        switch error {
        case TransactionError.outcomeUnknown(let cause): return origin(of: cause)
        case TransactionError.cleanupFailed(let cause, _): return origin(of: cause)
        case let error as PostgresError:
            if error.isEndOfIdleSession { return .other }
            if error.sqlState == .adminShutdown { return .shutdown }
            guard error.sqlState == .queryCanceled else { return .other }
            return says(error, Self.timeoutWords) ? .other : .cancel
        default: return .other
        }
    }

    /// Whether a code speaks of the data of one row rather than of the statement as a whole: data exceptions, broken
    /// constraints, what functions and triggers raise, limits that one value goes beyond.
    private static func isAboutRow(_ state: SQLState) -> Bool {
        ["21", "22", "23", "27", "38", "39", "44", "54", "P0"].contains(String(state.rawValue.prefix(2)))
    }

    private static let timeoutWords = "statement timeout"
    private static let personWords = "user request"

    /// The server gives its own timeout and a person's cancel the same code. Its words tell them apart where it speaks
    /// English; elsewhere the time does.
    private func wasTimeout(_ error: PostgresError, _ elapsed: Double) -> Bool {
        if Self.says(error, Self.timeoutWords) { return true }
        if Self.says(error, Self.personWords) { return false }
        return statementTimeout > 0 && elapsed >= statementTimeout * 0.95
    }

    private static func says(_ error: PostgresError, _ words: String) -> Bool {
        if case .server(let server) = error { server.message.contains(words) } else { false }
    }

    private func reconnect(_ attempt: Int, after error: PostgresError) -> Decision {
        guard let delay = backoff.delay(afterAttempt: attempt) else { return .fail }
        return error.sqlState == .adminShutdown && !error.isEndOfIdleSession
            ? .askServer(after: delay) : .reconnect(after: delay)
    }
}

extension PostgresError {
    /// Whether a session was ended while it did nothing. Whoever did that stopped no work.
    fileprivate var isEndOfIdleSession: Bool {
        if case .connection(let failure) = self { failure.kind == .endedWhileIdle } else { false }
    }
}
