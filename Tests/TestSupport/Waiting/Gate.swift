import Synchronization

/// Opens once and stays open; anybody may wait for it, from tasks and from plain threads.
public final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var nextWaiter = 0
    }

    private let name: String
    private let state = Mutex(State())

    /// A closed gate; the name appears in the error of those who wait in vain.
    public init(_ name: String = "a gate") {
        self.name = name
    }

    /// Whether it has been opened.
    public var isOpen: Bool { state.withLock { $0.isOpen } }

    /// Lets everybody through, now and later.
    public func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            defer { state.waiters = [:] }
            return state.waiters.values.map { $0 }
        }
        waiters.forEach { $0.resume() }
    }

    /// Waits until it is open.
    ///
    /// - Throws: `DeadlineError` when the time is over first.
    public func wait(within limit: Duration = .patience) async throws {
        let waiter = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        let timer = Task {
            try await Task.sleep(for: limit)
            forget(waiter)
        }
        defer { timer.cancel() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { enter(waiter, $0) }
        } onCancel: {
            forget(waiter)
        }
        try Task.checkCancellation()
        guard isOpen else { throw DeadlineError(name, limit) }
    }

    private func enter(_ waiter: Int, _ continuation: CheckedContinuation<Void, Never>) {
        let passes = state.withLock { state in
            if !state.isOpen && !Task.isCancelled { state.waiters[waiter] = continuation }
            return state.waiters[waiter] == nil
        }
        if passes { continuation.resume() }
    }

    private func forget(_ waiter: Int) {
        state.withLock { $0.waiters.removeValue(forKey: waiter) }?.resume()
    }
}
