/// How a CSV file is written.
///
/// The defaults are those of RFC 4180: commas, double quotes, names in the first line.
public struct CSVFormat: Hashable, Sendable {
    /// Whether the first record names the columns.
    public enum Header: Hashable, Sendable {
        /// The first record holds names.
        case present
        /// The first record is data; columns are matched by position.
        case absent
    }

    /// The ASCII character between two fields. Default: a comma.
    public var delimiter: UInt8 = UInt8(ascii: ",")
    /// The ASCII character around fields that hold delimiters or line ends; `nil` where the file has no
    /// quoting at all. Default: the double quote.
    public var quote: UInt8? = UInt8(ascii: "\"")
    /// Whether the first record names the columns. Default: it does.
    public var header: Header = .present
    /// The longest record in bytes, which bounds the memory that a quote nobody closes can cost. Default: 64
    /// MiB.
    public var maximumRecordSize = 64 << 20

    /// The defaults of RFC 4180.
    public init() {}

    /// Reads a delimiter or quote as a person writes it on a command line: one ASCII character, `\t` or
    /// `tab`.
    ///
    /// - Throws: ``CSVFormatError`` when the text is something else.
    public static func character(parsing text: String) throws(CSVFormatError) -> UInt8 {
        if text == "\\t" || text == "tab" { return UInt8(ascii: "\t") }
        guard text.utf8.count == 1, let byte = text.utf8.first, isUsable(byte) else {
            throw .unusableCharacter(text)
        }
        return byte
    }

    /// Checks that the characters can be told apart.
    package func validate() throws(CSVFormatError) {
        for byte in [delimiter, quote ?? delimiter] where !Self.isUsable(byte) {
            throw .unusableCharacter(String(UnicodeScalar(byte)))
        }
        if delimiter == quote { throw .quoteIsDelimiter(String(UnicodeScalar(delimiter))) }
    }

    private static func isUsable(_ byte: UInt8) -> Bool {
        byte < 0x80 && byte != 0 && byte != UInt8(ascii: "\n") && byte != UInt8(ascii: "\r")
    }
}
