import Postgres
import Synchronization

/// What a process remembers of its import from one session to the next. None of it decides what is stored: that is the row
/// in the database, which every attempt reads anew. It tells our own commits from those of others.
final class ImportMemory: Sendable {
    private struct State {
        var run: Int64?
        var known: Int64 = 0
        var isStored = false
        var isAfterLoss = false
        var canGoOn = false
        var attempt = 0
    }

    private let state = Mutex(State())
    private let backoff: Backoff
    private let start = ContinuousClock.now

    /// Since the first attempt began.
    var elapsed: Duration { ContinuousClock.now - start }

    init(_ backoff: Backoff) {
        self.backoff = backoff
    }

    /// The run that was begun or adopted, even if it is not known whether it was committed.
    var run: Int64? { state.withLock { $0.run } }

    /// The latest run of the file, as it was when it was decided what to do; 0 for none.
    var known: Int64 { state.withLock { $0.known } }

    /// It is about to be decided.
    func found(_ latest: Int64?) {
        state.withLock { $0.known = latest ?? 0 }
    }

    /// Whether a chunk of the run is known to be committed.
    var isStored: Bool { state.withLock { $0.isStored } }

    /// The import can be gone on with from its row.
    func beginAttempt() {
        state.withLock { $0.canGoOn = true }
    }

    /// A run is gone on with of which an earlier process has stored chunks.
    func adopted(_ run: Int64) {
        state.withLock { state in (state.run, state.isStored) = (run, true) }
    }

    /// A chunk was committed. What comes now is no answer to a lost COMMIT.
    func stored(_ run: Int64?) {
        state.withLock { state in
            (state.run, state.isStored, state.isAfterLoss, state.attempt) = (run, true, false, 0)
        }
    }

    /// An attempt ended with the run that it was about.
    func ended(_ run: Int64?) {
        state.withLock { state in
            if let run { state.run = run }
        }
    }

    /// Whether the run is to be read again after it was found elsewhere; otherwise it is another's.
    func follows(_ finding: PlaceMoved.Finding) -> Bool {
        state.withLock { state in
            switch finding {
            case .back: return true
            // The COMMIT that was under way when the session was lost may have come through after all.
            case .forward, .ended, .taken:
                defer { state.isAfterLoss = false }
                return state.isAfterLoss
            // What was begun is rolled back, so that it is decided anew.
            case .overtaken:
                state.run = nil
                return true
            case .gone: return false
            }
        }
    }

    /// How long to wait until the connection is opened again; nil when that is not what ended the attempt, or did so too
    /// often without any progress.
    func delay(after error: any Error) -> Double? {
        state.withLock { state in
            guard state.canGoOn, let loss = Self.loss(in: error), Self.isWorthWaiting(loss) else {
                return nil
            }
            state.attempt += 1
            state.isAfterLoss = true
            return backoff.delay(afterAttempt: state.attempt)
        }
    }

    /// The loss of the session, if that is what ended an attempt.
    static func loss(in error: any Error) -> PostgresError? {
        switch error {
        case ImportRunError.stopped(let cause, _, _): loss(in: cause)
        case TransactionError.outcomeUnknown(let cause): cause
        case TransactionError.cleanupFailed(let cause, let cleanup): loss(in: cause) ?? loss(in: cleanup)
        case let error as PostgresError where error.isConnectionLost: error
        default: nil
        }
    }

    /// Whether a new session gets over it. Who ended a session by hand wants the import to stop.
    private static func isWorthWaiting(_ loss: PostgresError) -> Bool {
        if loss.sqlState == .adminShutdown { return false }
        if case .connection(let failure) = loss { return failure.isTransient }
        return true
    }
}
