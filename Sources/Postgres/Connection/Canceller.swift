import CLibPQ

/// Asks the server to stop what one connection is running.
///
/// The request travels on a connection of its own, so it works while the other one is blocked, and from any thread.
/// It may arrive late and hit the next statement: discard a connection whose statement was cancelled.
///
/// `@unchecked Sendable`: a `PGcancel` is never modified after `PQgetCancel` made it, and the manual (34.7) allows
/// `PQcancel` from any thread; it is freed once, in `deinit`.
public final class Canceller: @unchecked Sendable {
    private let handle: OpaquePointer

    init(_ handle: OpaquePointer) {
        self.handle = handle
    }

    deinit { PQfreeCancel(handle) }

    /// Sends the request and waits until the server took it.
    ///
    /// - Throws: ``PostgresError/connection(_:)`` when the request could not be sent.
    public func cancel() throws(PostgresError) {
        var reason = [CChar](repeating: 0, count: 256)
        guard PQcancel(handle, &reason, Int32(reason.count)) == 0 else { return }
        let message = reason.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        throw .connection(ConnectionFailure(kind: .other, message: message.trimmed, target: "cancel request"))
    }
}
