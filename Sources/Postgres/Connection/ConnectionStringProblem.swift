/// Why a connection string is not used. Nothing of the string is kept: any piece of it may belong to a password.
enum ConnectionStringProblem: Error, Hashable {
    /// It is neither a URL of PostgreSQL nor words with values.
    case neither
    /// A character of the user name or the password ends it too early.
    case notEncoded
    /// A percent sign that stands for itself.
    case percentSign
    /// A parameter of the URL has no value; its number.
    case parameterWithoutValue(Int)
    /// A word has no value; its number.
    case wordWithoutValue(Int)
    /// A value begins with a quote and does not end.
    case openQuote
    /// The words are not separated by spaces.
    case joinedWords
    /// The whole URL stands in `dbname`.
    case nestedURL
    /// The port is no port.
    case port
    /// The value of `sslmode` is none; the one that is meant.
    case sslmode(meant: String?)
    /// A parameter of other tools.
    case foreign(ForeignParameter)
    /// A parameter that nobody knows; its number, and a name that may be meant.
    case unknownParameter(Int, meant: String?)
    /// libpq refuses it for some other reason.
    case unreadable
}

extension ConnectionStringProblem: CustomStringConvertible {
    /// What is wrong and what to do, a sentence a line.
    var description: String {
        (["The connection string cannot be read: \(reason)."] + advice + [Self.form]).joined(separator: "\n")
    }

    private static let form = "Write postgresql://user@host:port/database or host=… dbname=… user=…."
    private static let encoding =
        "In a URL, write %2F for / in a user name or password, %40 for @, %3A for :, %3F for ?, %23 for #, %25 for %."

    private var reason: String {
        switch self {
        case .neither: "it does not begin with postgresql://, and is not a list of words with values either"
        case .notEncoded: "the user name or the password holds a character that ends it, such as / or @"
        case .percentSign: "a % in it is not followed by two hexadecimal digits"
        case .parameterWithoutValue(let number): "its parameter number \(number) has no value"
        case .wordWithoutValue(let number): "there is no = behind word number \(number)"
        case .openQuote: "a quote is opened in it and not closed"
        case .joinedWords: "its words are not separated by spaces"
        case .nestedURL: "dbname holds a whole URL"
        case .port: "the port is not a number from 1 to 65535"
        case .sslmode: "the value of sslmode is none that PostgreSQL knows"
        case .foreign(let parameter): parameter.reason
        case .unknownParameter(let number, _):
            "its parameter number \(number) is none that PostgreSQL's own library knows"
        case .unreadable: "PostgreSQL's own library refuses it"
        }
    }

    private var advice: [String] {
        switch self {
        case .notEncoded, .percentSign, .port, .unreadable, .parameterWithoutValue: [Self.encoding]
        case .wordWithoutValue, .openQuote:
            [
                "Put a value with spaces into quotes, and a backslash before a quote or backslash: password='it\\'s so'."
            ]
        case .joinedWords: ["Put a space between any two, and no ; or &."]
        case .nestedURL: ["Give the URL alone."]
        case .sslmode(let meant):
            [
                meant.map { "Write sslmode=\($0)." }
                    ?? "Write disable, allow, prefer, require, verify-ca or verify-full."
            ]
        case .foreign(let parameter): [parameter.advice]
        case .unknownParameter(_, let meant):
            [meant.map { "Did you mean \($0)?" } ?? "Leave it out.", Self.encoding]
        case .neither: []
        }
    }
}
