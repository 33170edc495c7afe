public import Postgres

/// One column of a batch: a PostgreSQL array in the binary format while it grows.
///
/// The format (`array_recv` in the server's source): the number of dimensions, whether there are NULLs, the
/// element type, then the length and the lower bound of the dimension, each in 32 bits; then the elements,
/// each behind its length, which is -1 for NULL.
@usableFromInline
struct ArrayColumn: Sendable {
    @usableFromInline let elementType: PostgresType
    @usableFromInline var elements: WireBuffer
    @usableFromInline var hasNull = false
    private let arrayType: PostgresType

    static let headerSize = 20

    /// Fails when the array type of the element type is not known.
    @usableFromInline
    init?(elementType: PostgresType) {
        self.elementType = elementType
        arrayType = elementType.array
        guard arrayType != .unknown else { return nil }
        elements = WireBuffer(capacity: 1024)
        writeHeader()
    }

    var byteCount: Int { elements.bytes.count - Self.headerSize }

    @inlinable @inline(__always)
    mutating func append<Value: PostgresEncodable>(_ value: Value) {
        if value.isNull { hasNull = true }
        elements.appendLengthPrefixed(value)
    }

    mutating func removeAll() {
        elements.bytes.removeLast(byteCount)
        hasNull = false
    }

    /// The whole array; the header is completed now that the count is known.
    func parameter(count: Int) -> Parameter {
        guard count > 0 else { return Parameter(type: arrayType, format: .binary, bytes: emptyArray) }
        var array = elements
        array.overwrite(at: 4, with: Int32(hasNull ? 1 : 0))
        array.overwrite(at: 12, with: Int32(count))
        return Parameter(type: arrayType, format: .binary, bytes: array.bytes)
    }

    /// A column with some of the elements.
    func elements(_ range: Range<Int>) -> ArrayColumn {
        var part = self
        part.removeAll()
        var offset = Self.headerSize
        for position in 0..<range.upperBound {
            let length = Int(int32(at: offset))
            let next = offset + 4 + max(length, 0)
            if position >= range.lowerBound {
                part.elements.append(contentsOf: elements.bytes[offset..<next])
                part.hasNull = part.hasNull || length < 0
            }
            offset = next
        }
        return part
    }

    private mutating func writeHeader() {
        elements.append(Int32(1))
        elements.append(Int32(0))
        elements.append(elementType.rawValue)
        elements.append(Int32(0))
        elements.append(Int32(1))
    }

    /// An empty array has no dimension at all.
    private var emptyArray: [UInt8] {
        var array = WireBuffer(capacity: 12)
        array.append(Int32(0))
        array.append(Int32(0))
        array.append(elementType.rawValue)
        return array.bytes
    }

    private func int32(at offset: Int) -> Int32 {
        elements.bytes.withUnsafeBytes {
            Int32(bigEndian: $0.loadUnaligned(fromByteOffset: offset, as: Int32.self))
        }
    }
}
