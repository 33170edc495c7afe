/// How a file in the text format of COPY is written.
///
/// The defaults are those of `COPY t TO 'file'` and of `\copy`: tabs, and no names in the first line.
public struct CopyTextFormat: Hashable, Sendable {
    /// The ASCII character between two fields. Default: a tab.
    public var delimiter: UInt8 = UInt8(ascii: "\t")
    /// Whether the first record names the columns, as `HEADER` makes COPY write it. Default: it does not.
    public var header: CSVFormat.Header = .absent
    /// The lines before the first record, a header among the records; they may hold anything. Default: none.
    public var linesBefore = 0

    /// What COPY writes by default.
    public init() {}

    /// Checks that the characters and the tokens can be told apart, by the rules that the server has for them.
    ///
    /// - Throws: ``CSVFormatError``.
    package func validate(null: NullRule) throws(CSVFormatError) {
        var format = CSVFormat()
        (format.delimiter, format.quote) = (delimiter, nil)
        try format.validate()
        let text = String(UnicodeScalar(delimiter))
        // "COPY delimiter cannot be …" (ProcessCopyOptions): behind a backslash each of these means something else.
        let meansMore = Set("\\.abcdefghijklmnopqrstuvwxyz0123456789".utf8)
        if meansMore.contains(delimiter) { throw .delimiterBehindBackslash(text) }
        for token in null.tokens {
            let forbidden = [delimiter, UInt8(ascii: "\n"), UInt8(ascii: "\r")]
            if token.utf8.contains(where: forbidden.contains) { throw .nullHoldsDelimiter(token) }
        }
    }
}

extension NullRule {
    /// What stands for NULL.
    fileprivate var tokens: [String] {
        switch self {
        case .emptyBareField, .emptyField: []
        case .token(let token): [token]
        case .anyOf(let tokens): tokens
        }
    }
}
