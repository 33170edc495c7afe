/// Those who wait for a session, in the order in which they came.
struct WaitQueue {
    typealias Continuation = CheckedContinuation<Session, any Error>

    private var waiting: [(ticket: Int, continuation: Continuation)] = []
    private var nextTicket = 0

    var count: Int { waiting.count }

    /// A number by which a place in the queue can be given up.
    mutating func newTicket() -> Int {
        nextTicket += 1
        return nextTicket
    }

    mutating func append(_ ticket: Int, _ continuation: Continuation) {
        waiting.append((ticket, continuation))
    }

    mutating func popFirst() -> Continuation? {
        waiting.isEmpty ? nil : waiting.removeFirst().continuation
    }

    /// Takes one out, if it still waits.
    mutating func remove(_ ticket: Int) -> Continuation? {
        waiting.firstIndex { $0.ticket == ticket }.map { waiting.remove(at: $0).continuation }
    }
}
