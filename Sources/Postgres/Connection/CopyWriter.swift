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

    /// Adds many bytes, and sends them as they come.
    ///
    /// - Parameter goesOn: asked between two messages; where it says no the copy ends with a `CancellationError`.
    package func append(_ bytes: UnsafeRawBufferPointer, while goesOn: () -> Bool = { true }) throws {
        var start = 0
        while start < bytes.count {
            guard goesOn() else { throw CancellationError() }
            let end = min(start + CopyWriter.flushSize, bytes.count)
            buffer.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
            try flushIfFull()
            start = end
        }
    }

    /// Sends the buffer when it has reached its size.
    @inlinable
    public func flushIfFull() throws {
        if buffer.count >= CopyWriter.flushSize { try flush() }
    }

    /// Sends what waits.
    public func flush() throws {
        try buffer.withUnsafeBytes { try send($0) }
        buffer.truncate(to: 0)
    }

    /// Sends bytes at once, for who has a buffer of its own; not behind what waits in this one.
    package func send(_ bytes: UnsafeRawBufferPointer) throws {
        try connection.putCopyData(bytes)
    }
}
