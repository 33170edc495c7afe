/// A one-dimensional array of texts as the server writes it: `{a,"b c",NULL}`.
///
/// The control tables keep the keys of a cursor as `text[]`; this reads them back.
public struct TextArray: PostgresDecodable, Hashable {
    /// The elements in order.
    public let elements: [String?]

    /// Wraps elements.
    public init(_ elements: [String?]) {
        self.elements = elements
    }

    public static func decode(_ cell: Cell) throws(DecodingFailure) -> TextArray {
        let bytes = try cell.nonNull(TextArray.self)
        guard cell.format == .text, var parser = TextArrayParser(bytes), let elements = parser.elements()
        else {
            throw cell.mismatch(TextArray.self)
        }
        return TextArray(elements)
    }
}
