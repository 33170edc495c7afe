public import Postgres

/// One column of a batch: a PostgreSQL array in the binary format while it grows.
///
/// The format (`array_recv` in the server's source): the number of dimensions, whether there are NULLs, the
/// element type, then the length and the lower bound of the dimension, each in 32 bits; then the elements,
/// each behind its length, which is -1 for NULL.
///
/// The server knows no arrays of arrays. A column whose elements are arrays is kept the same way, and goes by COPY or
/// as one parameter for each element.
@usableFromInline
struct ArrayColumn: Sendable {
    @usableFromInline let elementType: PostgresType
    @usableFromInline var elements: WireBuffer
    @usableFromInline var hasNull = false
    private let arrayType: PostgresType
    /// The elements up to here are complete, header and all; 0 where the header is to be written yet.
    private var sealedEnd = 0

    @usableFromInline static let headerSize = 20

    /// Whether the column cannot be sent as one array.
    var isNested: Bool { elementType.element != nil }

    /// Fails when the array type of the element type is not known.
    @usableFromInline
    init?(elementType: PostgresType) {
        self.elementType = elementType
        arrayType = elementType.array
        guard arrayType != .unknown || elementType.element != nil else { return nil }
        elements = WireBuffer(capacity: 1024)
        leaveRoomForHeader()
    }

    @inlinable var byteCount: Int { elements.count &- Self.headerSize }

    @inlinable @inline(__always)
    mutating func append<Value: PostgresEncodable>(_ value: Value) {
        if value.isNull { hasNull = true }
        elements.appendLengthPrefixed(value)
    }

    mutating func removeAll() {
        elements.truncate(to: Self.headerSize)
        hasNull = false
        sealedEnd = 0
    }

    /// Writes the header and gives back the room for more elements.
    mutating func seal(count: Int) {
        guard count > 0 else { return }
        elements.trim()
        header(count: count).withUnsafeBytes { header in
            for (offset, byte) in header.enumerated() { elements.overwrite(at: offset, with: byte) }
        }
        sealedEnd = elements.count
    }

    /// The whole array; the header is completed now that the count is known.
    func parameter(count: Int) -> Parameter {
        guard count > 0 else { return Parameter(type: arrayType, format: .binary, bytes: emptyArray) }
        if sealedEnd == elements.count {
            return Parameter(type: arrayType, format: .binary, bytes: elements.shared)
        }
        var array = elements.bytes
        array.replaceSubrange(..<Self.headerSize, with: header(count: count).bytes)
        return Parameter(type: arrayType, format: .binary, bytes: array)
    }

    /// A column with some of the elements.
    func elements(_ range: Range<Int>) -> ArrayColumn {
        var part = self
        part.removeAll()
        var offset = Self.headerSize
        elements.withUnsafeBytes { bytes in
            for position in 0..<range.upperBound {
                let field = Self.field(in: bytes, at: offset)
                offset += field.count
                guard position >= range.lowerBound else { continue }
                part.elements.append(contentsOf: field)
                part.hasNull = part.hasNull || Self.isNull(field)
            }
        }
        return part
    }

    /// Room for the header, which is known when all elements are.
    private mutating func leaveRoomForHeader() {
        elements.append(contentsOf: repeatElement(0, count: Self.headerSize))
    }

    private func header(count: Int) -> WireBuffer {
        var header = WireBuffer(capacity: Self.headerSize)
        header.append(Int32(1))
        header.append(Int32(hasNull ? 1 : 0))
        header.append(elementType.rawValue)
        header.append(Int32(count))
        header.append(Int32(1))
        return header
    }

    /// An empty array has no dimension at all.
    private var emptyArray: [UInt8] {
        var array = WireBuffer(capacity: 12)
        array.append(Int32(0))
        array.append(Int32(0))
        array.append(elementType.rawValue)
        return array.bytes
    }
}
