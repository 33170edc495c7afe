public import Foundation

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
    public static var format: Format { .binary }
    /// Not NULL.
    public var isNull: Bool { false }
}

extension Bool: PostgresEncodable {
    public static var postgresType: PostgresType { .bool }
    public func encode(into buffer: inout WireBuffer) { buffer.append(UInt8(self ? 1 : 0)) }
}

extension Int16: PostgresEncodable {
    public static var postgresType: PostgresType { .int2 }
    public func encode(into buffer: inout WireBuffer) { buffer.append(self) }
}

extension Int32: PostgresEncodable {
    public static var postgresType: PostgresType { .int4 }
    public func encode(into buffer: inout WireBuffer) { buffer.append(self) }
}

extension Int64: PostgresEncodable {
    public static var postgresType: PostgresType { .int8 }
    public func encode(into buffer: inout WireBuffer) { buffer.append(self) }
}

extension Int: PostgresEncodable {
    public static var postgresType: PostgresType { .int8 }
    public func encode(into buffer: inout WireBuffer) { buffer.append(Int64(self)) }
}

extension Float: PostgresEncodable {
    public static var postgresType: PostgresType { .float4 }
    public func encode(into buffer: inout WireBuffer) { buffer.append(bitPattern) }
}

extension Double: PostgresEncodable {
    public static var postgresType: PostgresType { .float8 }
    public func encode(into buffer: inout WireBuffer) { buffer.append(bitPattern) }
}

/// Text is sent without a type, so that the server reads it as whatever the statement asks for: `\(text)::date`.
extension String: PostgresEncodable {
    public static var postgresType: PostgresType { .unknown }
    public static var format: Format { .text }
    public func encode(into buffer: inout WireBuffer) { buffer.append(self) }
}

extension [UInt8]: PostgresEncodable {
    public static var postgresType: PostgresType { .bytea }
    public func encode(into buffer: inout WireBuffer) { buffer.append(contentsOf: self) }
}

extension UUID: PostgresEncodable {
    public static var postgresType: PostgresType { .uuid }
    public func encode(into buffer: inout WireBuffer) {
        withUnsafeBytes(of: uuid) { buffer.append(contentsOf: $0) }
    }
}

/// `timestamptz` counts microseconds from 2000-01-01 00:00 UTC.
extension Date: PostgresEncodable {
    public static var postgresType: PostgresType { .timestamptz }
    public func encode(into buffer: inout WireBuffer) {
        buffer.append(Int64((timeIntervalSince1970 - Date.postgresEpoch) * 1_000_000))
    }

    /// Seconds from 1970 to 2000.
    static let postgresEpoch: Double = 946_684_800
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
    public static var postgresType: PostgresType { Wrapped.postgresType }
    public static var format: Format { Wrapped.format }
    public var isNull: Bool { self?.isNull ?? true }
    public func encode(into buffer: inout WireBuffer) { self?.encode(into: &buffer) }
}

/// A one-dimensional array parameter: `= ANY(\(PostgresArray(ids)))`.
///
/// `Array` itself does not conform, because `[UInt8]` is already `bytea`.
public struct PostgresArray<Element: PostgresEncodable>: PostgresEncodable {
    /// The elements in order.
    public let elements: [Element]

    /// Wraps the elements.
    public init(_ elements: [Element]) {
        self.elements = elements
    }

    public static var postgresType: PostgresType { elementType.array }

    /// Elements of unknown type are sent as text, which has the same bytes in both formats.
    static var elementType: PostgresType {
        Element.postgresType == .unknown ? .text : Element.postgresType
    }

    public func encode(into buffer: inout WireBuffer) {
        buffer.append(Int32(1))
        buffer.append(Int32(elements.contains { $0.isNull } ? 1 : 0))
        buffer.append(Self.elementType.rawValue)
        buffer.append(Int32(elements.count))
        buffer.append(Int32(1))
        for element in elements { buffer.appendLengthPrefixed(element) }
    }
}
