/// Bytes in the order of the protocol: integers big-endian, one value behind the other.
///
/// The room is an array that is filled beyond what was written, so that writing is a store at an offset: appending to
/// an array, value by value, was a third of the time that a client spent on a COPY.
public struct WireBuffer: Sendable {
    /// What was written, and room behind it.
    @usableFromInline var room: [UInt8]

    /// Where the next byte goes.
    @usableFromInline var end = 0

    /// The number of bytes written so far.
    @inlinable public var count: Int { end }

    /// Makes an empty buffer with room for `capacity` bytes.
    public init(capacity: Int = 16) {
        room = [UInt8](repeating: 0, count: max(capacity, 1))
    }

    /// A copy of what was written so far.
    public var bytes: [UInt8] { Array(room[..<end]) }

    /// Gives back the room behind what was written.
    package mutating func trim() {
        if room.count > end { room = bytes }
    }

    /// What was written, without a copy where there is no room behind it.
    package var shared: [UInt8] { room.count == end ? room : bytes }

    /// Lends what was written so far.
    @inlinable
    public func withUnsafeBytes<Value>(_ body: (UnsafeRawBufferPointer) throws -> Value) rethrows -> Value {
        try room.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[..<end])) }
    }

    /// Takes back what was written behind a place; the memory stays.
    public mutating func truncate(to count: Int) {
        precondition((0...end).contains(count), "the buffer has only \(end) bytes")
        end = count
    }

    /// Writes an integer, most significant byte first.
    @inlinable @inline(__always)
    public mutating func append<Integer: FixedWidthInteger>(_ integer: Integer) {
        let start = extend(by: MemoryLayout<Integer>.size)
        overwrite(at: start, with: integer)
    }

    /// Writes the UTF-8 bytes of a text.
    @inlinable @inline(__always)
    public mutating func append(_ text: String) {
        if text.utf8.withContiguousStorageIfAvailable({ append($0) }) == nil { append(contentsOf: text.utf8) }
    }

    /// Writes bytes as they are.
    @inlinable
    public mutating func append(contentsOf other: some Sequence<UInt8>) {
        if other.withContiguousStorageIfAvailable({ append($0) }) != nil { return }
        for byte in other { append(byte) }
    }

    /// Writes an integer over bytes that were written before, for lengths that are known only afterwards.
    @inlinable @inline(__always)
    public mutating func overwrite<Integer: FixedWidthInteger>(at offset: Int, with integer: Integer) {
        room.withUnsafeMutableBytes {
            $0.storeBytes(of: integer.bigEndian, toByteOffset: offset, as: Integer.self)
        }
    }

    @inlinable @inline(__always)
    mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let source = bytes.baseAddress else { return }
        let start = extend(by: bytes.count)
        room.withUnsafeMutableBytes {
            $0.baseAddress?.advanced(by: start).copyMemory(from: source, byteCount: bytes.count)
        }
    }

    /// Counts bytes in that the caller writes next, and returns where they begin.
    @inlinable @inline(__always)
    mutating func extend(by length: Int) -> Int {
        let start = end
        end = start &+ length
        if end > room.count { grow() }
        return start
    }

    @usableFromInline
    mutating func grow() {
        room.append(contentsOf: repeatElement(0, count: max(end, room.count * 2) - room.count))
    }
}
