import Control
import Postgres

/// Work that does no harm when it is done twice, done again while the trouble is of the passing kind.
extension RunContext {
    /// What it means that a session was ended from outside in the middle of a statement.
    enum SessionEnd: Sendable, Hashable {
        /// Whoever did it wants the work to stop.
        case stopsWork
        /// The session only looked for something to do, as it does now and then between long rests: whoever tidies up idle sessions
        /// may just have met it at that.
        case stopsNothing
    }

    /// Tries again, unless a person is behind the trouble.
    ///
    /// - Throws: ``Intervention``, or the error that lasted.
    func persistently<Value: Sendable>(
        on session: Session,
        whoseEnd meaning: SessionEnd = .stopsWork,
        _ body: () async throws -> Value
    ) async throws -> Value {
        try await retrying {
            let start = ContinuousClock.now
            do {
                return try await body()
            } catch {
                let intervention = await intervention(behind: error, since: start, on: session)
                if case .endedSession = intervention, meaning == .stopsNothing { throw error }
                throw intervention ?? error
            }
        }
    }

    /// Tries again, whoever is behind the trouble.
    func retrying<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        var attempt = 1
        while true {
            do {
                return try await body()
            } catch  where Self.isTransient(error) {
                let isStopping = stop.isRequested
                let backoff = isStopping ? Self.lastAttempts : options.backoff
                guard let delay = backoff.delay(afterAttempt: attempt) else { throw error }
                attempt += 1
                if isStopping {
                    try await Task.sleep(for: .seconds(delay))
                } else {
                    try await stop.wait(seconds: delay)
                }
            }
        }
    }

    /// Of what is done on the way out: enough for a session that was ended, not for a server that is gone.
    private static let lastAttempts = Backoff(initial: 0.05, maximum: 0.4, attempts: 5)

    private static func isTransient(_ error: any Error) -> Bool {
        switch error {
        case TransactionError.outcomeUnknown: true
        case TransactionError.cleanupFailed(let cause, _): isTransient(cause)
        case let error as PostgresError: error.isTransient
        default: false
        }
    }

    /// Uses the control tables through a session, again and again while the connection fails.
    func onControlTables<Value: Sendable>(
        of session: Session,
        whoseEnd meaning: SessionEnd = .stopsWork,
        _ body: @escaping @Sendable (RunStore) throws -> Value
    ) async throws -> Value {
        let schema = schema
        return try await persistently(on: session, whoseEnd: meaning) {
            try await waits.lending(session) { try body(RunStore(schema: schema, on: $0)) }
        }
    }
}
