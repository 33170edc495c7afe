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

    /// What spaces and tabs around a field mean.
    public enum Blanks: Hashable, Sendable {
        /// They belong to the field.
        case kept
        /// They do not; those inside quotes do.
        case trimmed
    }

    /// How numbers are written. Only columns of numbers are read by it.
    public enum DecimalMark: Hashable, Sendable {
        /// As in SQL.
        case point
        /// As in `1.234,5`: a comma, with or without points between groups of three digits.
        case comma
    }

    /// The ASCII character between two fields. Default: a comma.
    public var delimiter: UInt8 = UInt8(ascii: ",")
    /// The ASCII character around fields that hold delimiters or line ends; `nil` where the file has no
    /// quoting at all. Default: the double quote.
    public var quote: UInt8? = UInt8(ascii: "\"")
    /// The ASCII character that makes a quote inside a quoted field a part of it, and itself; before anything else it stands
    /// for itself. Doubled quotes are read all the same. Default: none.
    public var escape: UInt8?
    /// What blanks around a field mean. Default: they belong to it.
    public var blanks: Blanks = .kept
    /// The lines before the first record, a header among the records; they may hold anything. Default: none.
    public var linesBefore = 0
    /// What stands between whole and broken parts of numbers. Default: a point.
    public var decimalMark: DecimalMark = .point
    /// Whether the first record names the columns. Default: it does.
    public var header: Header = .present
    /// The longest record in bytes, which bounds the memory that a quote nobody closes can cost. Default: 64
    /// MiB.
    public var maximumRecordSize = 64 << 20
    /// How a field holds what would end it. Default: in quotes.
    var notation = Notation.quotes

    /// How fields hold delimiters and line ends.
    enum Notation: Hashable {
        /// Between quotes: CSV.
        case quotes
        /// Behind backslashes: the text format of COPY, with what stands for NULL there.
        case copyText(NullTokens)
    }

    /// The defaults of RFC 4180.
    public init() {}

    /// Reads a delimiter, quote or escape as a person writes it on a command line: one ASCII character, `\t` or
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
        for byte in [delimiter, quote ?? delimiter, escape ?? delimiter] where !Self.isUsable(byte) {
            throw .unusableCharacter(String(UnicodeScalar(byte)))
        }
        if delimiter == quote { throw .quoteIsDelimiter(String(UnicodeScalar(delimiter))) }
        guard let escape else { return }
        if escape == delimiter { throw .escapeIsDelimiter(String(UnicodeScalar(escape))) }
        if quote == nil { throw .escapeWithoutQuotes(String(UnicodeScalar(escape))) }
    }

    private static func isUsable(_ byte: UInt8) -> Bool {
        byte < 0x80 && byte != 0 && byte != UInt8(ascii: "\n") && byte != UInt8(ascii: "\r")
    }
}
