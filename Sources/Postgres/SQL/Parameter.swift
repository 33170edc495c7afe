/// A value on its way to the server, already encoded.
public struct Parameter: Sendable {
    /// The type that the server is told; `.unknown` lets it be inferred from the statement.
    public let type: PostgresType
    /// How the bytes are to be read.
    public let format: Format
    /// The encoded value; `nil` is NULL.
    public var bytes: [UInt8]? { part.map { part in Array((whole ?? [])[part]) } ?? whole }

    /// What holds the value.
    let whole: [UInt8]?

    /// Where in it the value is, unless it is all of it.
    let part: Range<Int>?

    /// How many bytes the value has.
    var count: Int { part?.count ?? whole?.count ?? 0 }

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
        whole = bytes
        part = nil
    }

    /// A text that is a part of a bigger one, without a copy of it: for files, of which there should not be two in memory.
    package init(textIn bytes: [UInt8], _ range: Range<Int>) {
        type = .text
        format = .binary
        // What is empty lies nowhere, and a pointer to nowhere is NULL.
        whole = range.isEmpty ? [] : bytes
        part = range.isEmpty ? nil : range
    }
}

/// The two representations of a value in the protocol.
public enum Format: Int32, Sendable {
    /// The text that the type's input function reads; exists for every type.
    case text = 0
    /// The type's own binary representation, big-endian.
    case binary = 1
}
