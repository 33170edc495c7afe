import CLibPQ
import Foundation

extension Connection {
    /// Waits until the server takes more data of a COPY; `false` when it has refused the copy meanwhile.
    ///
    /// A server that has refused a row throws all further data away without a word, and libpq looks at its answer only
    /// when the copy ends: a source that never ends would be sent for ever. libpq has no way to ask, so the socket is
    /// looked at before libpq reads from it, which it does when it has to wait for room. Where the connection is
    /// encrypted there is nothing to see, and the refusal is told at the end.
    func waitForCopyRoom(_ handle: OpaquePointer) throws(PostgresError) -> Bool {
        guard PQsslInUse(handle) == 0, PQgssEncInUse(handle) == 0 else { return true }
        while true {
            var poller = pollfd(fd: PQsocket(handle), events: Int16(POLLIN | POLLOUT), revents: 0)
            let ready = poll(&poller, 1, watch?.milliseconds ?? -1)
            // A row that meets a lock keeps the server from taking more, as a long statement keeps it from answering.
            if ready == 0, let watch, watch.look() == .giveUp {
                close()
                throw lost()
            }
            guard ready > 0 else { continue }
            if poller.revents & Int16(POLLIN) != 0, hasErrorWaiting(PQsocket(handle)) { return false }
            if poller.revents & ~Int16(POLLIN) != 0 { return true }
            // Notices only. They are taken away, or the server would wait for us as we wait for it.
            guard PQconsumeInput(handle) == 1 else { throw lost() }
            _ = PQisBusy(handle)
        }
    }

    /// Whether an error is among the messages that nobody has read yet (manual, 55.7 "Message Formats": a letter, and
    /// a length that counts itself).
    private func hasErrorWaiting(_ socket: Int32) -> Bool {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = recv(socket, &bytes, bytes.count, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
        var position = 0
        while position < count {
            if bytes[position] == UInt8(ascii: "E") { return true }
            guard position + 5 <= count else { return false }
            let length = bytes[position + 1...position + 4].reduce(0) { $0 << 8 | Int($1) }
            position += 1 + length
        }
        return false
    }
}

/// Ends the sending of a COPY that the server has refused; its own reason comes with the end.
package struct CopyRefused: Error {}
