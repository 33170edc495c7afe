/// One piece of SQL text: what it is and which bytes of the source it covers.
public struct Token: Hashable, Sendable {
    /// What a token is.
    public enum Kind: UInt8, Hashable, Sendable {
        /// A keyword or an unquoted name.
        case word
        /// `"Name"`
        case quotedIdentifier
        /// `U&"n\00e9"`
        case unicodeIdentifier
        /// `'text'`, `N'text'`; continuations on following lines included.
        case string
        /// `E'text\n'`
        case escapeString
        /// `U&'\00e9'`
        case unicodeString
        /// `B'01'`, `X'1F'`
        case bitString
        /// `$tag$ text $tag$`
        case dollarString
        /// `1`, `1.5e-3`, `0x1F`, `1_000`
        case number
        /// `$1`
        case parameter
        /// One of the operators, `::` and `:=` among them.
        case `operator`
        /// `(`
        case openParenthesis
        /// `)`
        case closeParenthesis
        /// `[`
        case openBracket
        /// `]`
        case closeBracket
        /// `,`
        case comma
        /// `;`
        case semicolon
        /// `.`
        case dot
        /// A single `:`, the `..` of a PL/pgSQL range, or a byte that SQL has no use for; the server will complain about it.
        case other
        /// `-- to the end of the line`, the line end not included.
        case lineComment
        /// `/* nested /* ones */ too */`
        case blockComment
        /// Space, tabs, line ends.
        case whitespace
    }

    /// What it is.
    public let kind: Kind

    /// Its bytes, counted from the start of the source.
    public let range: Range<Int>

    /// White space or a comment: what the server does not see.
    public var isTrivia: Bool { kind.rawValue >= Kind.lineComment.rawValue }

    /// A name, quoted or not. (A keyword is a word as well.)
    public var isName: Bool { kind.rawValue <= Kind.unicodeIdentifier.rawValue }
}
