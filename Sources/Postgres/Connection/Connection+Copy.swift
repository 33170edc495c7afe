import CLibPQ

extension Connection {
    /// Runs `COPY … FROM STDIN` and lends a writer for its data.
    ///
    /// A body that throws ends the copy with CopyFail, so that nothing of it is stored, and its error is rethrown.
    ///
    /// - Returns: the number of rows stored.
    public func copyIn(_ statement: SQL, _ body: (CopyWriter) throws -> Void) throws -> Int {
        let text = statement.text
        guard PQsendQuery(try open(), text) == 1 else { throw lost() }
        let start = try finish(statement: text)
        let accepts = PQresultStatus(start) == PGRES_COPY_IN
        PQclear(start)
        guard accepts else { throw PostgresError.invalidArgument("not a COPY … FROM STDIN: \(text)") }
        let writer = CopyWriter(self)
        do {
            try body(writer)
            try writer.flush()
        } catch {
            throw abandonCopy(after: error, statement: text)
        }
        return try endCopy(reason: nil, statement: text)
    }

    /// Sends CopyFail, which the server acknowledges as a cancelled query.
    private func abandonCopy(after cause: any Error, statement: String) -> any Error {
        do {
            _ = try endCopy(reason: "stopped by the client", statement: statement)
            return cause
        } catch {
            let expected = error.sqlState == .queryCanceled || error.isConnectionLost
            return expected ? cause : TransactionError.cleanupFailed(cause: cause, cleanup: error)
        }
    }

    private func endCopy(reason: String?, statement: String) throws(PostgresError) -> Int {
        let handle = try open()
        guard PQputCopyEnd(handle, reason) == 1 else { throw lost() }
        return try ResultSet(finish(statement: statement)).affectedRows
    }

    func putCopyData(_ bytes: UnsafeRawBufferPointer) throws {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
        let data = base.assumingMemoryBound(to: CChar.self)
        guard PQputCopyData(try open(), data, Int32(bytes.count)) == 1 else { throw lost() }
    }
}

/// Sends the data of a COPY in messages of 64 KiB.
///
/// libpq copies each message once more before it goes out; larger messages gained nothing, smaller ones cost a call a
/// row.
public final class CopyWriter {
    /// The size at which the buffer is sent, in bytes.
    public static let flushSize = 64 * 1024

    private let connection: Connection
    /// What waits to be sent. Append whole rows, then call ``flushIfFull()``.
    public var buffer = WireBuffer(capacity: CopyWriter.flushSize + 4096)

    init(_ connection: Connection) {
        self.connection = connection
    }

    /// Adds bytes of the format that the statement named.
    public func write(_ bytes: some Sequence<UInt8>) throws {
        buffer.append(contentsOf: bytes)
        try flushIfFull()
    }

    /// Sends the buffer when it has reached its size.
    @inlinable
    public func flushIfFull() throws {
        if buffer.bytes.count >= CopyWriter.flushSize { try flush() }
    }

    /// Sends what waits.
    public func flush() throws {
        try buffer.bytes.withUnsafeBytes { try connection.putCopyData($0) }
        buffer.bytes.removeAll(keepingCapacity: true)
    }
}
