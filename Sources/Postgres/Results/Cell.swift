/// One field of a result while it is decoded.
///
/// The bytes belong to the result: a cell is only good inside the call that it was handed to.
public struct Cell {
    /// The bytes as they came, `nil` for NULL.
    public let bytes: UnsafeRawBufferPointer?
    /// The server's type of the column.
    public let type: PostgresType
    /// The representation of the bytes.
    public let format: Format
    /// Where the field stands, for messages.
    package let place: DecodingFailure.Place
    /// What a type of this database is made of, see ``ResultSet/Column/wireType``.
    var wireType = PostgresType.unknown

    /// Whether the bytes are a text, in whatever format.
    var isText: Bool { format == .text || type.isTextual || wireType == .text }

    /// The bytes of a field that may not be NULL.
    public func nonNull<Value>(_ wanted: Value.Type) throws(DecodingFailure) -> UnsafeRawBufferPointer {
        guard let bytes else {
            throw DecodingFailure(place: place, wanted: "\(Value.self)", found: "NULL")
        }
        return bytes
    }

    /// The error for a field whose type is not the wanted one.
    public func mismatch<Value>(_ wanted: Value.Type) -> DecodingFailure {
        DecodingFailure(
            place: place,
            wanted: "\(Value.self)",
            found: "type \(type.rawValue) in \(format) format"
        )
    }

    /// Reads an integer of the protocol's byte order.
    func bigEndian<Integer: FixedWidthInteger>(_: Integer.Type, _ bytes: UnsafeRawBufferPointer) -> Integer {
        guard bytes.count == MemoryLayout<Integer>.size else { return 0 }
        return Integer(bigEndian: bytes.loadUnaligned(as: Integer.self))
    }
}
