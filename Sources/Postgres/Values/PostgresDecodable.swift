/// A value that can be read from a field of a result.
///
/// A conforming type says which server types it accepts. Nothing is converted silently: `Int32` refuses a `bigint`,
/// `String` in the binary format refuses what is not text.
public protocol PostgresDecodable: Sendable {
    /// Reads the value.
    ///
    /// - Throws: ``DecodingFailure`` with the names of both types when the field holds something else.
    static func decode(_ cell: Cell) throws(DecodingFailure) -> Self
}

extension Bool: PostgresDecodable {
    public static func decode(_ cell: Cell) throws(DecodingFailure) -> Bool {
        let bytes = try cell.nonNull(Bool.self)
        guard cell.type == .bool, bytes.count == 1 else { throw cell.mismatch(Bool.self) }
        return cell.format == .binary ? bytes[0] != 0 : bytes[0] == UInt8(ascii: "t")
    }
}

extension FixedWidthInteger where Self: PostgresDecodable {
    /// Reads an integer type of the server that is not wider than this one.
    static func decodeInteger(_ cell: Cell) throws(DecodingFailure) -> Self {
        let bytes = try cell.nonNull(Self.self)
        if cell.format == .text {
            // A type that is too wide is refused whatever the value, not only when a large one comes.
            if cell.type.isInteger, cell.type.integerWidth > Self.bitWidth { throw cell.mismatch(Self.self) }
            guard let value = Self(String(decoding: bytes, as: UTF8.self)) else {
                throw cell.mismatch(Self.self)
            }
            return value
        }
        let value: Self? =
            switch cell.type {
            case .int8: Self(exactly: cell.bigEndian(Int64.self, bytes))
            case .int4: Self(exactly: cell.bigEndian(Int32.self, bytes))
            case .int2: Self(exactly: cell.bigEndian(Int16.self, bytes))
            case .oid, .xid: Self(exactly: cell.bigEndian(UInt32.self, bytes))
            default: nil
            }
        guard let value, cell.type.integerWidth <= Self.bitWidth else { throw cell.mismatch(Self.self) }
        return value
    }
}

extension PostgresType {
    fileprivate var integerWidth: Int {
        switch self {
        case .int2: 16
        case .int4: 32
        default: 33
        }
    }

    fileprivate var isInteger: Bool {
        switch self {
        case .int2, .int4, .int8, .oid, .xid: true
        default: false
        }
    }
}

extension Int: PostgresDecodable {
    public static func decode(_ cell: Cell) throws(DecodingFailure) -> Int { try decodeInteger(cell) }
}

extension Int64: PostgresDecodable {
    public static func decode(_ cell: Cell) throws(DecodingFailure) -> Int64 { try decodeInteger(cell) }
}

extension Int32: PostgresDecodable {
    public static func decode(_ cell: Cell) throws(DecodingFailure) -> Int32 { try decodeInteger(cell) }
}

extension Int16: PostgresDecodable {
    public static func decode(_ cell: Cell) throws(DecodingFailure) -> Int16 { try decodeInteger(cell) }
}

extension Double: PostgresDecodable {
    public static func decode(_ cell: Cell) throws(DecodingFailure) -> Double {
        let bytes = try cell.nonNull(Double.self)
        switch (cell.format, cell.type) {
        case (.binary, .float8): return Double(bitPattern: cell.bigEndian(UInt64.self, bytes))
        case (.binary, .float4): return Double(Float(bitPattern: cell.bigEndian(UInt32.self, bytes)))
        case (.text, .float8), (.text, .float4):
            guard let value = Double(String(decoding: bytes, as: UTF8.self)) else {
                throw cell.mismatch(Double.self)
            }
            return value
        default: throw cell.mismatch(Double.self)
        }
    }
}

extension Float: PostgresDecodable {
    public static func decode(_ cell: Cell) throws(DecodingFailure) -> Float {
        let bytes = try cell.nonNull(Float.self)
        guard cell.type == .float4 else { throw cell.mismatch(Float.self) }
        if cell.format == .binary { return Float(bitPattern: cell.bigEndian(UInt32.self, bytes)) }
        guard let value = Float(String(decoding: bytes, as: UTF8.self)) else {
            throw cell.mismatch(Float.self)
        }
        return value
    }
}

/// Every type has a text form, so in the text format `String` reads anything; in the binary format only text.
extension String: PostgresDecodable {
    public static func decode(_ cell: Cell) throws(DecodingFailure) -> String {
        let bytes = try cell.nonNull(String.self)
        if cell.isText { return String(decoding: bytes, as: UTF8.self) }
        // jsonb puts one version byte before its text.
        if cell.type == .jsonb { return String(decoding: bytes.dropFirst(), as: UTF8.self) }
        throw cell.mismatch(String.self)
    }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    public static func decode(_ cell: Cell) throws(DecodingFailure) -> Wrapped? {
        cell.bytes == nil ? nil : try Wrapped.decode(cell)
    }
}

extension Parameter: PostgresDecodable {
    /// Takes the field as it is, to be sent back later.
    public static func decode(_ cell: Cell) throws(DecodingFailure) -> Parameter {
        Parameter(type: cell.type, format: cell.format, bytes: cell.bytes.map([UInt8].init))
    }
}
