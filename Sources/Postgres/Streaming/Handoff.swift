import Dispatch
import Synchronization

/// A bounded line from a blocking producer to an asynchronous consumer.
///
/// The producer waits while `capacity` elements are not taken yet, so a slow consumer holds the server back and memory
/// stays flat.
package final class Handoff<Element: Sendable>: Sendable {
    private let room: DispatchSemaphore
    private let isClosed = Atomic(false)
    private let waiting = Atomic(0)
    private let continuation: AsyncThrowingStream<Element, any Error>.Continuation
    /// What was sent, in order.
    package let elements: AsyncThrowingStream<Element, any Error>

    /// Makes room for so many elements; at least one.
    package init(capacity: Int) {
        // Made with 0 and then raised, because a semaphore may not end below the value that it was made with.
        room = DispatchSemaphore(value: 0)
        for _ in 0..<max(1, capacity) { room.signal() }
        (elements, continuation) = AsyncThrowingStream.makeStream()
    }

    /// Waits for room and hands an element over; `false` when nobody wants any more.
    package func send(_ element: Element) -> Bool {
        room.wait()
        if isClosed.load(ordering: .acquiring) {
            // The door stays open: a producer that asks once more must not wait for ever.
            room.signal()
            return false
        }
        slip(element)
        return true
    }

    /// Hands over an element that takes no room, and never waits.
    package func slip(_ element: Element) {
        waiting.add(1, ordering: .relaxed)
        continuation.yield(element)
    }

    /// Whether the next element is there already, for a consumer that tells of each with ``received()``.
    package var isReady: Bool { waiting.load(ordering: .relaxed) > 0 }

    /// Called by the consumer for each element that came.
    package func received() {
        waiting.subtract(1, ordering: .relaxed)
    }

    /// Whether nobody wants any more.
    package var isUnwanted: Bool { isClosed.load(ordering: .acquiring) }

    /// No more elements follow.
    package func finish(throwing error: (any Error)? = nil) {
        continuation.finish(throwing: error)
    }

    /// Called by the consumer for each element that it took.
    package func taken() {
        room.signal()
    }

    /// Called when nobody takes any more; wakes a waiting producer.
    package func close() {
        isClosed.store(true, ordering: .releasing)
        room.signal()
    }
}
