/// A line of an NDJSON file that cannot be read, and why.
public struct JSONLinesError: Error, Hashable, Sendable {
    /// What is wrong.
    public enum Problem: Hashable, Sendable {
        /// Bytes that are not UTF-8; the first of them.
        case invalidUTF8(byte: UInt8)
        /// The line is no object.
        case notAnObject
        /// Something else was expected here.
        case expected(String)
        /// The line ends before the object does.
        case unfinished
        /// An escape that JSON does not know, or half of a surrogate pair.
        case badEscape
        /// `\u0000`, which no text in PostgreSQL can hold.
        case nulCharacter
        /// Objects and arrays inside each other beyond ``JSONScanner/maximumDepth``.
        case tooDeep
        /// The same key twice in one object.
        case keyTwice(String)
        /// A key that the first lines do not have and that was not named.
        case unknownKey(String, nearest: [String])
        /// A line longer than the limit.
        case lineTooLong(limit: Int)
    }

    /// What is wrong.
    public let problem: Problem
    /// The line of the file, from 1.
    public let line: Int
    /// The byte within the line, from 1.
    public let column: Int
    /// The beginning of the line, at most 80 bytes of it.
    public let text: String
}

extension JSONLinesError: CustomStringConvertible {
    /// The place, the problem, the line and what to do.
    public var description: String {
        "line \(line), byte \(column): \(problem.reason)\n    \(text)\n\(problem.advice)"
    }
}

extension JSONLinesError.Problem {
    /// What is wrong, in words.
    public var reason: String {
        switch self {
        case .invalidUTF8(let byte): "the byte 0x\(String(byte, radix: 16, uppercase: true)) is not UTF-8"
        case .notAnObject: "the line is not a JSON object"
        case .expected(let what): "\(what) is expected here"
        case .unfinished: "the line ends before the object does"
        case .badEscape: "an escape that JSON does not know"
        case .nulCharacter: "\\u0000, which a text in PostgreSQL cannot hold"
        case .tooDeep: "more than \(JSONScanner.maximumDepth) objects and arrays inside each other"
        case .keyTwice(let key): "the key \(key) is there twice"
        case .unknownKey(let key, _): "the key \(key) is not among the columns"
        case .lineTooLong(let limit): "a line of more than \(limit) bytes begins here"
        }
    }

    /// What to do about it.
    var advice: String {
        switch self {
        // No byte of UTF-8, and the first of the mark of UTF-16.
        case .invalidUTF8(let byte) where byte >= 0xFE:
            "Say what the file is written in, most likely: --encoding UTF-16"
        case .invalidUTF8: "Say what the file is written in, for instance: --encoding LATIN1"
        case .unknownKey(let key, let nearest):
            (nearest.isEmpty ? "" : "Did you mean \(nearest.joined(separator: " or "))? ")
                + "Map it (--map '\(key)=COLUMN'), leave it out (--ignore '\(key)'), or name all keys of the file (--columns)."
        case .nulCharacter: "Remove it, or store the value in a column of type json."
        case .keyTwice: "Leave one of the two out."
        case .lineTooLong:
            "Write one object in each line. Where an object is really that long, raise the limit: --max-record-size, in MiB"
        case .notAnObject, .unfinished:
            "Write one object in each line, without line ends inside; jq -c . FILE makes lines of objects, "
                + "jq -c '.[]' FILE of one array."
        case .expected, .badEscape, .tooDeep: "Correct the line; each has to be one JSON object."
        }
    }
}

extension JSONLinesError.Problem {
    /// Whether it is known where the next record begins.
    var allowsResynchronizing: Bool {
        if case .lineTooLong = self { false } else { true }
    }
}
