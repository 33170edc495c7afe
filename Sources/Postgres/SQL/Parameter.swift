/// A value on its way to the server, already encoded.
public struct Parameter: Sendable {
    /// The type that the server is told; `.unknown` lets it be inferred from the statement.
    public let type: PostgresType
    /// How the bytes are to be read.
    public let format: Format
    /// The encoded value; `nil` is NULL.
    public let bytes: [UInt8]?

    /// Encodes a value.
    public init<Value: PostgresEncodable>(_ value: Value) {
        var buffer = WireBuffer()
        let isNull = value.isNull
        if !isNull { value.encode(into: &buffer) }
        self.init(type: Value.postgresType, format: Value.format, bytes: isNull ? nil : buffer.bytes)
    }

    /// Takes bytes that are encoded already, for instance an array in the binary format.
    public init(type: PostgresType, format: Format, bytes: [UInt8]?) {
        self.type = type
        self.format = format
        self.bytes = bytes
    }
}

/// The two representations of a value in the protocol.
public enum Format: Int32, Sendable {
    /// The text that the type's input function reads; exists for every type.
    case text = 0
    /// The type's own binary representation, big-endian.
    case binary = 1
}
