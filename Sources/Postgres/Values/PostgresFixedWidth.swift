/// A value that travels as one integer and is never NULL: `Int64`, `Double`, `Bool`, `PostgresDate` and the like.
///
/// A type of your own around one of them is sent as fast when it says so:
///
/// ```swift
/// struct CityID: PostgresFixedWidth {
///     let number: Int64
///     static var postgresType: PostgresType { .int8 }
///     var wireInteger: Int64 { number }
/// }
/// ```
public protocol PostgresFixedWidth: PostgresEncodable {
    /// The integer on the wire.
    associatedtype WireInteger: FixedWidthInteger
    /// The value as the server reads it in the binary format.
    var wireInteger: WireInteger { get }
}

extension PostgresFixedWidth {
    /// Writes the integer.
    @inlinable @inline(__always) public func encode(into buffer: inout WireBuffer) {
        buffer.append(wireInteger)
    }
    /// Writes length and integer at once.
    @inlinable public func encodeField(into buffer: inout WireBuffer) { buffer.appendField(wireInteger) }
    /// Makes room once for all of them.
    @inlinable public static func encodeFields(
        _ values: UnsafeBufferPointer<Self>,
        into buffer: inout WireBuffer,
        limit: Int
    ) -> Int {
        buffer.appendFields(values, limit: limit)
    }
}

extension Bool: PostgresFixedWidth {
    @inlinable public static var postgresType: PostgresType { .bool }
    @inlinable @inline(__always) public var wireInteger: UInt8 { self ? 1 : 0 }
}

extension Int16: PostgresFixedWidth {
    @inlinable public static var postgresType: PostgresType { .int2 }
    @inlinable @inline(__always) public var wireInteger: Int16 { self }
}

extension Int32: PostgresFixedWidth {
    @inlinable public static var postgresType: PostgresType { .int4 }
    @inlinable @inline(__always) public var wireInteger: Int32 { self }
}

extension Int64: PostgresFixedWidth {
    @inlinable public static var postgresType: PostgresType { .int8 }
    @inlinable @inline(__always) public var wireInteger: Int64 { self }
}

extension Int: PostgresFixedWidth {
    @inlinable public static var postgresType: PostgresType { .int8 }
    @inlinable @inline(__always) public var wireInteger: Int64 { Int64(self) }
}

extension Float: PostgresFixedWidth {
    @inlinable public static var postgresType: PostgresType { .float4 }
    @inlinable @inline(__always) public var wireInteger: UInt32 { bitPattern }
}

extension Double: PostgresFixedWidth {
    @inlinable public static var postgresType: PostgresType { .float8 }
    @inlinable @inline(__always) public var wireInteger: UInt64 { bitPattern }
}
