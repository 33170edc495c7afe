import CLibPQ
import Foundation

extension Connection {
    /// Whether the server has ended the session since the last statement, outside of a transaction.
    ///
    /// What the server says when nobody asked lies in the socket until somebody reads it. Looking costs one system call
    /// (1 µs) where there is nothing. With a transaction open the answer is no: its loss is for the statement to tell that
    /// needs it.
    func wasEndedWhileIdle() -> Bool {
        guard let handle, isOpen, transactionStatus == .idle else { return false }
        while hasInput(handle) {
            guard PQconsumeInput(handle) == 1 else { return true }
            // Has libpq take the messages apart: notices and parameters go where they belong, and so do last words.
            _ = PQisBusy(handle)
            if farewell != nil || !isOpen { return true }
        }
        return false
    }

    private func hasInput(_ handle: OpaquePointer) -> Bool {
        var poller = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
        return poll(&poller, 1, 0) > 0
    }
}
