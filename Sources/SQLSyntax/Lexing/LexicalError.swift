/// Text that cannot be cut into tokens or statements, with the place where the trouble begins.
public struct LexicalError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public enum Reason: Hashable, Sendable {
        /// A quote that is never closed.
        case unterminatedString
        /// A double quote that is never closed.
        case unterminatedIdentifier
        /// `$tag$` without its closing `$tag$`.
        case unterminatedDollarString(tag: String)
        /// `/*` without its `*/`.
        case unterminatedComment
        /// A zero byte, which neither PostgreSQL nor its protocol can carry.
        case zeroByte
        /// `COPY ... FROM STDIN` without a line `\.` after its data.
        case unterminatedCopyData
        /// More text on the line of a `COPY ... FROM STDIN;`, where only its data may follow.
        case textAfterCopy
    }

    /// What is wrong.
    public let reason: Reason

    /// Where the construct begins that is wrong.
    public let location: SourceLocation

    init(_ reason: Reason, at offset: Int, in bytes: [UInt8]) {
        self.reason = reason
        self.location = SourceLocation(offset: offset, in: bytes)
    }

    /// The reason in words, without the place.
    public var message: String {
        switch reason {
        case .unterminatedString: "the string that begins here is never closed: add the missing '"
        case .unterminatedIdentifier: "the quoted name that begins here is never closed: add the missing \""
        case .unterminatedDollarString(let tag):
            "the text that begins with \(tag) here never ends: add the closing \(tag)"
        case .unterminatedComment: "the comment that begins here is never closed: add the missing */"
        case .zeroByte: "a zero byte stands here, which PostgreSQL cannot store: remove it"
        case .unterminatedCopyData:
            "the data of this COPY ... FROM STDIN has no end: add a line with \\. after it"
        case .textAfterCopy: "only the data may follow COPY ... FROM STDIN; and it begins on the next line"
        }
    }

    /// Line, column and reason.
    public var description: String { "\(location): \(message)" }
}
