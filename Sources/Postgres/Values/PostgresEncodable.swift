/// A value that can be sent as a parameter, an array element or a field of binary COPY.
public protocol PostgresEncodable: Sendable {
    /// The type that the value has on the server; `.unknown` lets the server infer it.
    static var postgresType: PostgresType { get }
    /// The representation that ``encode(into:)`` writes.
    static var format: Format { get }
    /// Whether the value is NULL; ``encode(into:)`` is not called then.
    var isNull: Bool { get }
    /// Writes the value, without a length.
    func encode(into buffer: inout WireBuffer)
}

extension PostgresEncodable {
    /// Binary, the shorter and faster of the two.
    @inlinable public static var format: Format { .binary }
    /// Not NULL.
    @inlinable @inline(__always) public var isNull: Bool { false }
}

extension Bool: PostgresEncodable {
    @inlinable public static var postgresType: PostgresType { .bool }
    @inlinable @inline(__always) public func encode(into buffer: inout WireBuffer) {
        buffer.append(UInt8(self ? 1 : 0))
    }
}

extension Int16: PostgresEncodable {
    @inlinable public static var postgresType: PostgresType { .int2 }
    @inlinable @inline(__always) public func encode(into buffer: inout WireBuffer) { buffer.append(self) }
}

extension Int32: PostgresEncodable {
    @inlinable public static var postgresType: PostgresType { .int4 }
    @inlinable @inline(__always) public func encode(into buffer: inout WireBuffer) { buffer.append(self) }
}

extension Int64: PostgresEncodable {
    @inlinable public static var postgresType: PostgresType { .int8 }
    @inlinable @inline(__always) public func encode(into buffer: inout WireBuffer) { buffer.append(self) }
}

extension Int: PostgresEncodable {
    @inlinable public static var postgresType: PostgresType { .int8 }
    @inlinable @inline(__always) public func encode(into buffer: inout WireBuffer) {
        buffer.append(Int64(self))
    }
}

extension Float: PostgresEncodable {
    @inlinable public static var postgresType: PostgresType { .float4 }
    @inlinable @inline(__always) public func encode(into buffer: inout WireBuffer) {
        buffer.append(bitPattern)
    }
}

extension Double: PostgresEncodable {
    @inlinable public static var postgresType: PostgresType { .float8 }
    @inlinable @inline(__always) public func encode(into buffer: inout WireBuffer) {
        buffer.append(bitPattern)
    }
}

/// Text is sent without a type, so that the server reads it as whatever the statement asks for: `\(text)::date`.
extension String: PostgresEncodable {
    @inlinable public static var postgresType: PostgresType { .unknown }
    @inlinable public static var format: Format { .text }
    @inlinable @inline(__always) public func encode(into buffer: inout WireBuffer) { buffer.append(self) }
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
    @inlinable public static var postgresType: PostgresType { Wrapped.postgresType }
    @inlinable public static var format: Format { Wrapped.format }
    @inlinable @inline(__always) public var isNull: Bool { self?.isNull ?? true }
    @inlinable @inline(__always) public func encode(into buffer: inout WireBuffer) {
        self?.encode(into: &buffer)
    }
}

/// A one-dimensional array parameter: `= ANY(\(PostgresArray(ids)))`.
///
/// A plain `Array` can be sent as well, see ``PostgresArrayElement``; this one asks less of its elements.
public struct PostgresArray<Element: PostgresEncodable>: PostgresEncodable {
    /// The elements in order.
    public let elements: [Element]

    /// Wraps the elements.
    public init(_ elements: [Element]) {
        self.elements = elements
    }

    @inlinable public static var postgresType: PostgresType { elementType.array }

    /// Elements of unknown type are sent as text, which has the same bytes in both formats.
    @usableFromInline static var elementType: PostgresType {
        Element.postgresType == .unknown ? .text : Element.postgresType
    }

    @inlinable @inline(__always) public func encode(into buffer: inout WireBuffer) {
        buffer.append(Int32(1))
        buffer.append(Int32(elements.contains { $0.isNull } ? 1 : 0))
        buffer.append(Self.elementType.rawValue)
        buffer.append(Int32(elements.count))
        buffer.append(Int32(1))
        for element in elements { buffer.appendLengthPrefixed(element) }
    }
}
