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
    /// Writes the value behind its length, or NULL, as a field of binary COPY.
    ///
    /// The one that every type gets is right; these two are asked for so that they are compiled for the type, because
    /// code over packs of types is not.
    func encodeField(into buffer: inout WireBuffer)
    /// Writes values of a column as fields, one behind the other.
    ///
    /// - Returns: how many were written: at least one, and none behind the one with which the buffer reached `limit` bytes.
    static func encodeFields(
        _ values: UnsafeBufferPointer<Self>,
        into buffer: inout WireBuffer,
        limit: Int
    ) -> Int
}

extension PostgresEncodable {
    /// Binary, the shorter and faster of the two.
    @inlinable public static var format: Format { .binary }
    /// Not NULL.
    @inlinable @inline(__always) public var isNull: Bool { false }
    /// The length is written when the value has been.
    @inlinable public func encodeField(into buffer: inout WireBuffer) { buffer.appendLengthPrefixed(self) }
    /// One by one.
    @inlinable public static func encodeFields(
        _ values: UnsafeBufferPointer<Self>,
        into buffer: inout WireBuffer,
        limit: Int
    ) -> Int {
        var count = 0
        while count < values.count, count == 0 || buffer.count < limit {
            values[count].encodeField(into: &buffer)
            count &+= 1
        }
        return count
    }
}

/// Text is sent without a type, so that the server reads it as whatever the statement asks for: `\(text)::date`.
extension String: PostgresEncodable {
    @inlinable public static var postgresType: PostgresType { .unknown }
    @inlinable public static var format: Format { .text }
    @inlinable @inline(__always) public func encode(into buffer: inout WireBuffer) { buffer.append(self) }
    @inlinable public func encodeField(into buffer: inout WireBuffer) { buffer.appendField(self) }
    @inlinable public static func encodeFields(
        _ values: UnsafeBufferPointer<String>,
        into buffer: inout WireBuffer,
        limit: Int
    ) -> Int {
        buffer.appendFields(values, limit: limit)
    }
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
    @inlinable public static var postgresType: PostgresType { Wrapped.postgresType }
    @inlinable public static var format: Format { Wrapped.format }
    @inlinable @inline(__always) public var isNull: Bool { self?.isNull ?? true }
    @inlinable @inline(__always) public func encode(into buffer: inout WireBuffer) {
        self?.encode(into: &buffer)
    }
    @inlinable public func encodeField(into buffer: inout WireBuffer) {
        guard let self else { return buffer.append(Int32(-1)) }
        self.encodeField(into: &buffer)
    }
    /// Compiled for what most columns hold; any other type is looked up value by value.
    @_specialize(where Wrapped == String)
    @_specialize(where Wrapped == Int64)
    @_specialize(where Wrapped == Int)
    @_specialize(where Wrapped == Int32)
    @_specialize(where Wrapped == Double)
    @_specialize(where Wrapped == Bool)
    public static func encodeFields(
        _ values: UnsafeBufferPointer<Wrapped?>,
        into buffer: inout WireBuffer,
        limit: Int
    ) -> Int {
        var count = 0
        while count < values.count, count == 0 || buffer.count < limit {
            values[count].encodeField(into: &buffer)
            count &+= 1
        }
        return count
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
