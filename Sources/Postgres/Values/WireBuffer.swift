/// Bytes in the order of the protocol: integers big-endian, one value behind the other.
public struct WireBuffer: Sendable {
    /// What was written so far.
    public var bytes: [UInt8]

    /// Makes an empty buffer with room for `capacity` bytes.
    public init(capacity: Int = 16) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// Writes an integer, most significant byte first.
    @inlinable
    public mutating func append<Integer: FixedWidthInteger>(_ integer: Integer) {
        withUnsafeBytes(of: integer.bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// Writes the UTF-8 bytes of a text.
    @inlinable
    public mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    /// Writes bytes as they are.
    @inlinable
    public mutating func append(contentsOf other: some Sequence<UInt8>) {
        bytes.append(contentsOf: other)
    }

    /// Writes an integer over bytes that were written before, for lengths that are known only afterwards.
    @inlinable
    public mutating func overwrite<Integer: FixedWidthInteger>(at offset: Int, with integer: Integer) {
        withUnsafeBytes(of: integer.bigEndian) { source in
            for index in source.indices { bytes[offset + index] = source[index] }
        }
    }

    /// Writes a value behind its length in 32 bits; NULL is the length -1.
    @inlinable
    public mutating func appendLengthPrefixed<Value: PostgresEncodable>(_ value: Value) {
        guard !value.isNull else { return append(Int32(-1)) }
        let start = bytes.count
        append(Int32(0))
        value.encode(into: &self)
        overwrite(at: start, with: Int32(bytes.count - start - 4))
    }
}
