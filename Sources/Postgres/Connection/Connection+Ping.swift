import CLibPQ
import Foundation

extension Connection {
    /// Whether the server answers in time. A connection that did not is of no use any more.
    func answers(within limit: Duration) -> Bool {
        guard let handle = try? open(), PQsendQuery(handle, "SELECT 1") == 1 else { return false }
        let deadline = ContinuousClock.now + limit
        while PQisBusy(handle) == 1 {
            guard waitForInput(handle, until: deadline), PQconsumeInput(handle) == 1 else { return false }
        }
        guard let result = try? finish(statement: nil) else { return false }
        PQclear(result)
        return true
    }

    private func waitForInput(_ handle: OpaquePointer, until deadline: ContinuousClock.Instant) -> Bool {
        let left = (deadline - .now) / .milliseconds(1)
        guard left > 0 else { return false }
        var poller = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
        // A signal may end the waiting early; the caller then asks again.
        return poll(&poller, 1, Int32(min(left.rounded(.up), 1_000_000))) != 0
    }
}
