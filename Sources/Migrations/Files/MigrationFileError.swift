import SQLSyntax

/// A migration file that cannot be read as one, with the file and the line.
public struct MigrationFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public enum Reason: Hashable, Sendable {
        /// Bytes that are no UTF-8.
        case notUTF8
        /// Text in an encoding that PostgreSQL does not take, by its name.
        case otherEncoding(String)
        /// A quote, comment or COPY that never ends, in words.
        case syntax(String)
        /// A comment that looks like a marker and is none; the right spelling.
        case malformedMarker(found: String, suggestion: String)
        /// A marker inside the parentheses or the body of a statement that began on this line.
        case markerInsideStatement(startLine: Int)
        /// A marker of another tool that this tool would not take either; in words.
        case foreignMarker(String)
        /// No `-- migrate:up` anywhere.
        case noMarker
        /// A statement in front of the first marker.
        case statementBeforeMarker
        /// A second section of one direction; the line of the first.
        case repeatedSection(MigrationDirection, firstLine: Int)
        /// The down section stands first.
        case wrongOrder
        /// A marker of the other direction in a file of a pair.
        case wrongDirection(MigrationDirection)
        /// An option that does not exist; the nearest that does.
        case unknownOption(String, suggestion: String?)
        /// An option with a value that it cannot have; what it can.
        case badOption(String, expected: String)
    }

    /// What is wrong.
    public let reason: Reason

    /// The path of the file.
    public let file: String

    /// The line, from 1; nil where the whole file is meant.
    public let line: Int?

    init(_ reason: Reason, file: String, line: Int?) {
        self.reason = reason
        self.file = file
        self.line = line
    }

    init(_ error: LexicalError, file: String) {
        self.init(.syntax(error.message), file: file, line: error.location.line)
    }

    /// `file:line: what is wrong and what to write instead`
    public var description: String {
        (line.map { "\(file):\($0)" } ?? file) + ": " + message
    }

    private var message: String {
        switch reason {
        case .notUTF8: "this line is not UTF-8 text: save the file as UTF-8"
        case .otherEncoding(let name): "the file is \(name): save the file as UTF-8"
        case .syntax(let text): text
        case .malformedMarker(let found, let suggestion): "\(found) is not a marker: \(suggestion)"
        case .markerInsideStatement(let line):
            "this marker stands inside a statement that begins on line \(line) and is not closed: close it first"
        case .foreignMarker(let text): text
        case .noMarker:
            "there is no marker: write -- migrate:up on a line of its own above the first statement"
        case .statementBeforeMarker:
            "a statement stands before the first marker: write -- migrate:up above it"
        case .repeatedSection(let direction, let line):
            "a second -- migrate:\(direction.rawValue): the first is on line \(line); put the statements together there"
        case .wrongOrder: "-- migrate:down stands first: write the -- migrate:up section above it"
        case .wrongDirection(let direction):
            "-- migrate:\(direction.rawValue) belongs into the other file of the pair"
        case .unknownOption(let option, let suggestion): unknownOption(option, suggestion)
        case .badOption(let option, let expected): "\(option): write \(expected)"
        }
    }

    private func unknownOption(_ option: String, _ suggestion: String?) -> String {
        let advice =
            suggestion.map { "did you mean \($0)?" }
            ?? "there are \(MarkerOptions.names.joined(separator: ", "))"
        return "the option \(option) does not exist: \(advice)"
    }
}
