import CLibPQ
import Foundation

extension Connection {
    /// What looks on while the server works.
    struct Watch {
        let interval: Duration
        let look: () -> WatchVerdict

        var milliseconds: Int32 { Int32(clamping: Int64(max(1, interval / .milliseconds(1)))) }
    }

    /// Runs `body` and calls `look` whenever a statement of it has kept the connection waiting for another interval.
    ///
    /// On the thread of the statement, which has nothing else to do: `look` may use other connections, and whatever it
    /// does delays the answer of the statement at most by its own time. It may also give the connection up.
    package func watched<Value>(
        every interval: Duration,
        by look: @escaping () -> WatchVerdict,
        _ body: () throws -> Value
    ) rethrows -> Value {
        let outer = watch
        watch = Watch(interval: interval, look: look)
        defer { watch = outer }
        return try body()
    }

    /// The next result of the running statement; nil when there are no more.
    func nextResult() -> OpaquePointer? {
        if let watch { waitForResult(watch) }
        return PQgetResult(handle)
    }

    private func waitForResult(_ watch: Watch) {
        while let handle, PQisBusy(handle) == 1 {
            var poller = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
            let ready = poll(&poller, 1, watch.milliseconds)
            if ready == 0, watch.look() == .giveUp { return close() }
            // What went wrong is found out, and told, by PQgetResult.
            if ready > 0, PQconsumeInput(handle) != 1 { return }
            if ready < 0, errno != EINTR { return }
        }
    }
}

/// What one who looks on has made up its mind to.
package enum WatchVerdict: Sendable {
    /// Wait on.
    case goOn
    /// Close the connection; the statement fails with a lost connection.
    case giveUp
}
