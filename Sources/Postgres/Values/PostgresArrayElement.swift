/// A value that can be an element of an array on the server, so that `[Self]` can be sent and read.
///
/// All types of this module are; a type of your own joins with an empty extension:
///
/// ```swift
/// extension Mood: PostgresArrayElement {}
/// let ids: SQL = "SELECT name FROM city WHERE id = ANY(\([1, 2, 3]))"
/// ```
///
/// Arrays have one dimension. `[UInt8]` is `bytea`, and `[[UInt8]]` an array of it. Elements that travel as text
/// (`String`, enums, JSON) make a `text[]`: cast it where something else is meant, `\(moods)::mood[]`.
public protocol PostgresArrayElement: Sendable {
    /// The type of the array on the server.
    static var arrayType: PostgresType { get }
    /// Writes the elements, without a length.
    static func encodeArray(_ elements: [Self], into buffer: inout WireBuffer)
    /// Reads all elements.
    ///
    /// - Throws: ``DecodingFailure`` when the field is no array of one dimension, or an element is something else.
    static func decodeArray(_ cell: Cell) throws(DecodingFailure) -> [Self]
}

extension PostgresArrayElement where Self: PostgresEncodable {
    /// The array of the element's type.
    public static var arrayType: PostgresType { PostgresArray<Self>.postgresType }
    /// Writes the elements in the binary format.
    public static func encodeArray(_ elements: [Self], into buffer: inout WireBuffer) {
        PostgresArray(elements).encode(into: &buffer)
    }
}

extension PostgresArrayElement where Self: PostgresDecodable {
    /// Reads all elements in either format.
    public static func decodeArray(_ cell: Cell) throws(DecodingFailure) -> [Self] {
        try ArrayReader(cell).elements(as: Self.self)
    }
}

extension Array: PostgresEncodable where Element: PostgresArrayElement {
    public static var postgresType: PostgresType { Element.arrayType }
    public func encode(into buffer: inout WireBuffer) { Element.encodeArray(self, into: &buffer) }
}

extension Array: PostgresDecodable where Element: PostgresArrayElement {
    public static func decode(_ cell: Cell) throws(DecodingFailure) -> [Element] {
        try Element.decodeArray(cell)
    }
}

extension Bool: PostgresArrayElement {}
extension Int16: PostgresArrayElement {}
extension Int32: PostgresArrayElement {}
extension Int64: PostgresArrayElement {}
extension Int: PostgresArrayElement {}
extension Float: PostgresArrayElement {}
extension Double: PostgresArrayElement {}
extension String: PostgresArrayElement {}
extension [UInt8]: PostgresArrayElement {}
extension Optional: PostgresArrayElement
where Wrapped: PostgresArrayElement & PostgresEncodable & PostgresDecodable {}
