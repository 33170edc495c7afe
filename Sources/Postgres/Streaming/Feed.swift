import Dispatch
import Synchronization

/// A bounded line from an asynchronous producer to a blocking consumer.
final class Feed<Element: Sendable>: Sendable {
    private struct State {
        var blocks: [[Element]] = []
        var end: End?
        var waiter: CheckedContinuation<Void, Never>?
    }

    private enum End {
        case finished
        case failed(any Error)
        /// The consumer wants no more.
        case closed
    }

    private let capacity: Int
    private let state = Mutex(State())
    /// Counts the blocks that wait, and the end.
    private let filled = DispatchSemaphore(value: 0)

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Waits for room and hands a block over; `false` when nobody wants any more.
    func send(_ block: [Element]) async -> Bool {
        while true {
            let isSent: Bool? = state.withLock { state in
                if state.end != nil { return false }
                guard state.blocks.count < capacity else { return nil }
                state.blocks.append(block)
                return true
            }
            if isSent == true { filled.signal() }
            if let isSent { return isSent }
            await waitForRoom()
        }
    }

    private func waitForRoom() async {
        await withCheckedContinuation { continuation in
            let hasRoom = state.withLock { state in
                if state.end != nil || state.blocks.count < capacity { return true }
                state.waiter = continuation
                return false
            }
            if hasRoom { continuation.resume() }
        }
    }

    /// No more blocks follow; only the first end counts.
    func finish(throwing error: (any Error)? = nil) {
        end(error.map(End.failed) ?? .finished)
        filled.signal()
    }

    /// The consumer wants no more; the producer stops waiting.
    func close() {
        end(.closed)
    }

    private func end(_ end: End) {
        let waiter = state.withLock { state in
            state.end = state.end ?? end
            return state.waiter.take()
        }
        waiter?.resume()
    }

    /// Blocks until there is a block, or the end.
    func next() throws -> [Element]? {
        filled.wait()
        let (block, waiter, end) = state.withLock { state in
            let block = state.blocks.isEmpty ? nil : state.blocks.removeFirst()
            return (block, state.waiter.take(), state.end)
        }
        waiter?.resume()
        if let block { return block }
        // The end stays, for those who ask again.
        filled.signal()
        if case .failed(let error) = end { throw error }
        return nil
    }
}
