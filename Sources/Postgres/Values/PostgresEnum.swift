/// A Swift enum for an enum type of the server, label by label:
///
/// ```swift
/// enum Mood: String, PostgresEnum { case sad, happy }
/// ```
///
/// A label that Swift does not know is an error, not a guess. Without such a type, an enum is read as a `String` in the
/// text format, or in the binary format with `column::text`.
public protocol PostgresEnum: RawRepresentable<String>, PostgresEncodable, PostgresDecodable,
    PostgresArrayElement
{}

extension PostgresEnum {
    /// Left to the server's inference, because the type's id differs from database to database.
    public static var postgresType: PostgresType { .unknown }
    /// The label.
    public static var format: Format { .text }
    /// Writes the label.
    public func encode(into buffer: inout WireBuffer) { buffer.append(rawValue) }

    /// Reads the label, which is the same in both formats.
    public static func decode(_ cell: Cell) throws(DecodingFailure) -> Self {
        let bytes = try cell.nonNull(Self.self)
        guard cell.type.isUserDefined || cell.type == .unknown || cell.isText else {
            throw cell.mismatch(Self.self)
        }
        let label = String(decoding: bytes, as: UTF8.self)
        guard let value = Self(rawValue: label) else {
            throw DecodingFailure(place: cell.place, wanted: "\(Self.self)", found: "the label \"\(label)\"")
        }
        return value
    }
}
