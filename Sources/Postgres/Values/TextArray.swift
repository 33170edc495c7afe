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

/// Reads the output of `array_out` for one dimension.
private struct TextArrayParser {
    private let bytes: UnsafeRawBufferPointer
    private var position = 1

    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= 2, bytes[0] == UInt8(ascii: "{") else { return nil }
        self.bytes = bytes
    }

    mutating func elements() -> [String?]? {
        var elements: [String?] = []
        if bytes[1] == UInt8(ascii: "}") { return elements }
        while position < bytes.count {
            elements.append(bytes[position] == UInt8(ascii: "\"") ? quoted() : bare())
            guard position < bytes.count else { return nil }
            if bytes[position] == UInt8(ascii: "}") { return elements }
            position += 1
        }
        return nil
    }

    private mutating func bare() -> String? {
        let start = position
        while position < bytes.count, bytes[position] != UInt8(ascii: ","),
            bytes[position] != UInt8(ascii: "}")
        {
            position += 1
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        return text == "NULL" ? nil : text
    }

    private mutating func quoted() -> String {
        var text: [UInt8] = []
        position += 1
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            if bytes[position] == UInt8(ascii: "\\") { position += 1 }
            if position < bytes.count { text.append(bytes[position]) }
            position += 1
        }
        position += 1
        return String(decoding: text, as: UTF8.self)
    }
}
