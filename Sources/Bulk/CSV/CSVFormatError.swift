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
        }
    }
}
