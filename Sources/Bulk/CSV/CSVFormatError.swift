/// A CSV format that no file can have.
public enum CSVFormatError: Error, Hashable, Sendable {
    /// Not one ASCII character, or a line end.
    case unusableCharacter(String)
    /// One character for both jobs.
    case quoteIsDelimiter(String)
}

extension CSVFormatError: CustomStringConvertible {
    /// The message for people.
    public var description: String {
        switch self {
        case .unusableCharacter(let text):
            "\(text.debugDescription) cannot separate or quote fields. Give one ASCII character, or tab."
        case .quoteIsDelimiter(let text):
            "\(text.debugDescription) cannot be both the delimiter and the quote. Choose another for one of them."
        }
    }
}
