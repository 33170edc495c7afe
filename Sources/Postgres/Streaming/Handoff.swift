import Dispatch
import Synchronization

/// A bounded line from a blocking producer to an asynchronous consumer.
///
/// The producer waits while `capacity` blocks are not taken yet, so a slow consumer holds the server back and memory
/// stays flat.
final class Handoff<Element: Sendable>: Sendable {
    private let room: DispatchSemaphore
    private let isClosed = Atomic(false)
    private let continuation: AsyncThrowingStream<[Element], any Error>.Continuation
    /// What was sent, in order.
    let blocks: AsyncThrowingStream<[Element], any Error>

    init(capacity: Int) {
        // Made with 0 and then raised, because a semaphore may not end below the value that it was made with.
        room = DispatchSemaphore(value: 0)
        for _ in 0..<max(1, capacity) { room.signal() }
        (blocks, continuation) = AsyncThrowingStream.makeStream()
    }

    /// Waits for room and hands a block over; `false` when nobody wants any more.
    func send(_ block: [Element]) -> Bool {
        room.wait()
        if isClosed.load(ordering: .acquiring) { return false }
        continuation.yield(block)
        return true
    }

    /// No more blocks follow.
    func finish(throwing error: (any Error)? = nil) {
        continuation.finish(throwing: error)
    }

    /// Called by the consumer for each block that it took.
    func taken() {
        room.signal()
    }

    /// Called when nobody takes any more; wakes a waiting producer.
    func close() {
        isClosed.store(true, ordering: .releasing)
        room.signal()
    }
}
