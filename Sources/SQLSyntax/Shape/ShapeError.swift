/// Why a text is not one UPDATE, INSERT or DELETE whose parts can be told apart.
public enum ShapeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A quote or comment is never closed.
    case lexical(LexicalError)
    /// There is no statement at all.
    case empty
    /// A second statement begins here.
    case severalStatements(SourceLocation)
    /// The main statement is something else. Its first word in capitals.
    case notWriting(verb: String, SourceLocation)
    /// Here something else was to be expected, such as a table name.
    case unexpected(found: String, expected: String, SourceLocation)
    /// `WHERE CURRENT OF cursor` names one row of a cursor and cannot be restricted further.
    case whereCurrentOf(SourceLocation)
    /// `$1` stands for a value that an application gives, and here nobody does.
    case parameter(String, SourceLocation)

    /// Where it is, unless there is no text.
    public var location: SourceLocation? {
        switch self {
        case .lexical(let error): error.location
        case .empty: nil
        case .severalStatements(let location), .whereCurrentOf(let location): location
        case .notWriting(_, let location), .unexpected(_, _, let location), .parameter(_, let location):
            location
        }
    }

    /// The reason in words, without the place.
    public var message: String {
        switch self {
        case .lexical(let error): error.message
        case .empty: "there is no statement: write one UPDATE, INSERT or DELETE"
        case .severalStatements: "a second statement begins here: write one UPDATE, INSERT or DELETE only"
        case .notWriting(let verb, _): "\(verb) cannot be used here: write one UPDATE, INSERT or DELETE"
        case .unexpected(let found, let expected, _): "expected \(expected), found \(found)"
        case .parameter(let text, _):
            "\(text) is a parameter, and nobody gives it a value here: write the value itself, or the column it comes from"
        case .whereCurrentOf: "WHERE CURRENT OF cannot be used here: write a condition on columns"
        }
    }

    /// Line, column and reason.
    public var description: String {
        location.map { "\($0): \(message)" } ?? message
    }
}
