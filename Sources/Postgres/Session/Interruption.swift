import Dispatch
import Synchronization

/// Hands one task's cancellation over to the server while a statement of that task is under way.
///
/// Each use of a session has its own, because a task that is cancelled while it still waits for the session must not
/// stop the statement of another.
final class Interruption: Sendable {
    private enum State {
        case waiting
        case armed(Canceller?)
        case fired
        case over
    }

    private let state = Mutex(State.waiting)

    /// Begins the watch.
    ///
    /// - Throws: `CancellationError` when the task was cancelled before.
    func arm(_ canceller: Canceller?) throws(CancellationError) {
        let isLate = state.withLock { state in
            if case .fired = state { return true }
            state = .armed(canceller)
            return false
        }
        if isLate { throw CancellationError() }
    }

    /// Ends the watch and says whether a cancel request went out.
    func disarmedAfterFiring() -> Bool {
        state.withLock { state in
            defer { state = .over }
            return if case .fired = state { true } else { false }
        }
    }

    /// How long after a cancel request another one follows, in seconds.
    private static let repetition = 0.1

    /// Cancels on another queue, because `PQcancel` itself blocks on a connection of its own.
    func fire() {
        let canceller: Canceller? = state.withLock { state in
            switch state {
            case .armed(let canceller):
                state = .fired
                return canceller
            case .waiting:
                state = .fired
                return nil
            case .fired, .over: return nil
            }
        }
        guard let canceller else { return }
        DispatchQueue.global().async { self.request(canceller) }
    }

    /// Asks again and again until the use of the session is over: a request that comes between two statements stops
    /// nothing, and the next one would run to its end.
    private func request(_ canceller: Canceller) {
        guard state.withLock({ if case .fired = $0 { true } else { false } }) else { return }
        try? canceller.cancel()
        DispatchQueue.global().asyncAfter(deadline: .now() + Self.repetition) { self.request(canceller) }
    }
}
