/// A CSV format that no file can have.
public enum CSVFormatError: Error, Hashable, Sendable {
    /// Not one ASCII character, or a line end.
    case unusableCharacter(String)
    /// One character for both jobs.
    case quoteIsDelimiter(String)
    /// One character for both jobs.
    case escapeIsDelimiter(String)
    /// A character that means something inside quotes, and no quotes.
    case escapeWithoutQuotes(String)
    /// A delimiter that means something else behind a backslash, in the text format of COPY.
    case delimiterBehindBackslash(String)
    /// A token for NULL that holds the delimiter or a line end, in the text format of COPY.
    case nullHoldsDelimiter(String)
}

extension CSVFormatError: CustomStringConvertible {
    /// The message for people.
    public var description: String {
        switch self {
        case .unusableCharacter(let text):
            "\(text.debugDescription) cannot separate, quote or escape. Give one ASCII character, or tab."
        case .quoteIsDelimiter(let text):
            "\(text.debugDescription) cannot be both the delimiter and the quote. Choose another for one of them."
        case .escapeIsDelimiter(let text):
            "\(text.debugDescription) cannot be both the delimiter and the escape. Choose another for one of them."
        case .escapeWithoutQuotes(let text):
            "\(text.debugDescription) would escape quotes inside of quotes, and there are none. Leave the escape out."
        case .delimiterBehindBackslash(let text):
            "\(text.debugDescription) means something else behind a backslash, so it cannot separate fields of COPY's text format. Choose a "
                + "tab, a punctuation mark or a capital letter; CSV may be separated by it (--format csv)."
        case .nullHoldsDelimiter(let text):
            "\(text.debugDescription) cannot stand for NULL in COPY's text format: it holds the delimiter or a line end. Choose another token."
        }
    }
}
