import Dispatch
import Synchronization

/// A bounded line between a blocking producer and an asynchronous consumer.
///
/// The producer waits while `capacity` elements are not taken yet, so a slow writer holds the reader back and memory
/// stays flat.
final class Handoff<Element: Sendable>: Sendable {
    private let room: DispatchSemaphore
    private let isClosed = Atomic(false)
    private let continuation: AsyncThrowingStream<Element, any Error>.Continuation
    /// What was sent, in order.
    let elements: AsyncThrowingStream<Element, any Error>

    init(capacity: Int) {
        // Made with 0 and then raised, because a semaphore may not end below the value that it was made with.
        room = DispatchSemaphore(value: 0)
        for _ in 0..<capacity { room.signal() }
        (elements, continuation) = AsyncThrowingStream.makeStream()
    }

    /// Waits for room and hands an element over; `false` when nobody wants any more.
    func send(_ element: Element) -> Bool {
        room.wait()
        if isClosed.load(ordering: .acquiring) { return false }
        continuation.yield(element)
        return true
    }

    /// No more elements follow.
    func finish(throwing error: (any Error)? = nil) {
        continuation.finish(throwing: error)
    }

    /// Called by the consumer for each element that it took.
    func taken() {
        room.signal()
    }

    /// Called by the consumer when it wants no more; wakes a waiting producer.
    func close() {
        isClosed.store(true, ordering: .releasing)
        room.signal()
    }
}
