/// Cuts SQL text into tokens as PostgreSQL's own scanner does with `standard_conforming_strings` on.
///
/// It works on UTF-8 bytes and never decodes a character: everything that steers SQL is ASCII, and every byte
/// of another character may stand in a name. White space and comments are tokens too, so the tokens of a text
/// cover it without a gap.
public struct Lexer: Sendable {
    /// The whole source; token ranges count from its start.
    public let bytes: [UInt8]

    /// Where the next token begins.
    public private(set) var offset: Int

    let end: Int

    /// A lexer for a source, or for a part of it.
    public init(_ bytes: [UInt8], in range: Range<Int>? = nil) {
        self.bytes = bytes
        self.offset = range?.lowerBound ?? 0
        self.end = range?.upperBound ?? bytes.count
    }

    /// The next token, or nil at the end.
    /// - Throws: `LexicalError` for a construct that is never closed; the lexer is of no more use then.
    public mutating func next() throws(LexicalError) -> Token? {
        guard offset < end else { return nil }
        let start = offset
        let kind = try scan(bytes[start])
        return Token(kind: kind, range: start..<offset)
    }

    /// The next token that the server would see: white space and comments are skipped.
    public mutating func nextSignificant() throws(LexicalError) -> Token? {
        while let token = try next() {
            if !token.isTrivia { return token }
        }
        return nil
    }

    /// The next token that the server would see, with `U&"d!0061" UESCAPE '!'` as the one name that it is.
    mutating func nextPiece() throws(LexicalError) -> Token? {
        guard let token = try nextSignificant() else { return nil }
        guard token.kind == .unicodeIdentifier else { return token }
        var ahead = self
        guard let word = try ahead.nextSignificant(), bytes.isKeyword(word, "UESCAPE"),
            let mark = try ahead.nextSignificant(), mark.kind == .string, mark.range.count == 3
        else { return token }
        self = ahead
        return Token(kind: .unicodeIdentifier, range: token.range.lowerBound..<mark.range.upperBound)
    }

    /// Goes on elsewhere: the splitter jumps over the data of a COPY.
    mutating func jump(to offset: Int) {
        self.offset = offset
    }

    func byte(at index: Int) -> UInt8 {
        index < end ? bytes[index] : 0
    }

    mutating func advance(while condition: (UInt8) -> Bool) {
        while offset < end, condition(bytes[offset]) { offset += 1 }
    }

    mutating func advance(by count: Int) {
        offset += count
    }

    func failure(_ reason: LexicalError.Reason, at start: Int) -> LexicalError {
        LexicalError(reason, at: start, in: bytes)
    }

    private mutating func scan(_ byte: UInt8) throws(LexicalError) -> Token.Kind {
        if byte.isSQLSpace {
            advance(while: \.isSQLSpace)
            return .whitespace
        }
        if byte.isIdentifierStart { return try scanWordOrPrefix(byte) }
        if byte.isDigit { return scanNumber() }
        switch byte {
        case ASCII.quote: return try scanString(.string, prefix: 0)
        case ASCII.doubleQuote: return try scanQuotedIdentifier(.quotedIdentifier, prefix: 0)
        case ASCII.dollar: return try scanDollar()
        case ASCII.minus where self.byte(at: offset + 1) == ASCII.minus: return scanLineComment()
        case ASCII.slash where self.byte(at: offset + 1) == ASCII.star: return try scanBlockComment()
        case ASCII.dot where self.byte(at: offset + 1).isDigit: return scanNumber()
        case 0: throw failure(.zeroByte, at: offset)
        default: return byte.isOperator ? scanOperator() : scanPunctuation(byte)
        }
    }
}
