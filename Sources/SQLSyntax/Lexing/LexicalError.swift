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
        /// A backslash outside of quotes, with which the commands of psql begin; the command.
        case psqlCommand(String)
        /// `:name`, which psql would fill in.
        case psqlVariable(String)
        /// A string that ends elsewhere for a server whose `standard_conforming_strings` the script has switched off.
        case backslashInString
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
        case .psqlCommand(let command): Self.psqlCommand(command)
        case .psqlVariable(let name):
            "\(name) is a variable that psql would fill in: write its value into the file"
        case .backslashInString:
            "a backslash stands in this string, and the file has switched standard_conforming_strings off: write the string as E'...', or leave the setting on"
        case .textAfterCopy: "only the data may follow COPY ... FROM STDIN; and it begins on the next line"
        }
    }

    private static func psqlCommand(_ command: String) -> String {
        let advice =
            switch command {
            case "\\restrict", "\\unrestrict": "pg_dump has put it there: remove the line"
            case "\\i", "\\ir", "\\include", "\\include_relative": "put the text of that file in its place"
            case "\\copy": "write COPY ... FROM STDIN; with the rows behind it and a line \\. at the end"
            case "\\c", "\\connect":
                "a migration runs in the database that the tool is connected to; remove the line"
            case "\\g", "\\gx", "\\gset", "\\gexec", "\\;": "write a semicolon, and what it did as SQL"
            case "\\set", "\\unset": "write the value where it is used"
            default: "remove the line, or write what it does as SQL"
            }
        return "\(command) is a command of psql, which only psql understands: \(advice)"
    }

    /// Line, column and reason.
    public var description: String { "\(location): \(message)" }
}
