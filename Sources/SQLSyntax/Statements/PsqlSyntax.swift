/// Notices what only psql understands while the tokens of a statement go by, so that it is named before anything runs.
struct PsqlSyntax {
    /// How deep in brackets or braces, where a colon means something else: `a[1:n]`, `${flyway:user}`.
    private var depth = 0

    /// `JSON_OBJECT('a':b)` has colons as well.
    private var hasJSON = false

    mutating func take(_ token: Token, in bytes: [UInt8]) throws(LexicalError) {
        switch token.kind {
        case .openBracket: depth += 1
        case .closeBracket: depth -= 1
        case .word where bytes[token.range.lowerBound].lowercasedASCII == UInt8(ascii: "j"):
            hasJSON =
                hasJSON || bytes.isKeyword(token, "JSON_OBJECT") || bytes.isKeyword(token, "JSON_OBJECTAGG")
        case .other: try takeOther(token, in: bytes)
        default: break
        }
    }

    private mutating func takeOther(_ token: Token, in bytes: [UInt8]) throws(LexicalError) {
        switch bytes[token.range.lowerBound] {
        case UInt8(ascii: "{"): depth += 1
        case UInt8(ascii: "}"): depth -= 1
        case ASCII.backslash:
            let command = Self.command(bytes, at: token.range.lowerBound)
            throw LexicalError(.psqlCommand(command), at: token.range.lowerBound, in: bytes)
        case ASCII.colon where token.range.count == 1 && depth <= 0 && !hasJSON:
            guard let name = Self.variable(bytes, at: token.range.lowerBound) else { return }
            throw LexicalError(.psqlVariable(name), at: token.range.lowerBound, in: bytes)
        default: break
        }
    }

    /// `\connect`, or the one sign behind the backslash.
    private static func command(_ bytes: [UInt8], at start: Int) -> String {
        let letters = bytes[(start + 1)...].prefix { $0.isLetter || $0 == ASCII.underscore }
        return bytes.text(start..<min(max(letters.endIndex, start + 2), bytes.count))
    }

    /// `:name`, `:'name'`, `:"name"`, `:{?name}`; nil where a name does not follow at once.
    private static func variable(_ bytes: [UInt8], at start: Int) -> String? {
        guard start + 1 < bytes.count else { return nil }
        let first = bytes[start + 1]
        let isQuoted = [ASCII.quote, ASCII.doubleQuote, UInt8(ascii: "{")].contains(first)
        guard isQuoted || first.isIdentifierStart else { return nil }
        let rest = bytes[(start + 2)...].prefix { $0.isIdentifierPart || $0 == UInt8(ascii: "?") }
        let end = isQuoted ? min(rest.endIndex + 1, bytes.count) : rest.endIndex
        return bytes.text(start..<end)
    }
}
