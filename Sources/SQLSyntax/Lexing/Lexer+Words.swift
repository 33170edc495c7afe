extension Lexer {
    /// A word, unless its first letter is the prefix of a quoted form.
    ///
    /// Only a letter that begins the token counts: in `date'x\'` the `e` belongs to `date`, and the string is
    /// a plain one.
    mutating func scanWordOrPrefix(_ first: UInt8) throws(LexicalError) -> Token.Kind {
        let second = byte(at: offset + 1)
        if second == ASCII.quote {
            switch first.lowercasedASCII {
            case UInt8(ascii: "e"): return try scanString(.escapeString, prefix: 1)
            case UInt8(ascii: "n"): return try scanString(.string, prefix: 1)
            case UInt8(ascii: "b"), UInt8(ascii: "x"): return try scanString(.bitString, prefix: 1)
            default: break
            }
        }
        if second == ASCII.ampersand, first.lowercasedASCII == UInt8(ascii: "u") {
            let third = byte(at: offset + 2)
            if third == ASCII.quote { return try scanString(.unicodeString, prefix: 2) }
            if third == ASCII.doubleQuote { return try scanQuotedIdentifier(.unicodeIdentifier, prefix: 2) }
        }
        advance(while: \.isIdentifierPart)
        return .word
    }

    /// Digits with what may hang on to them. Malformed numbers are left to the server.
    mutating func scanNumber() -> Token.Kind {
        var seenDot = false
        while offset < end {
            let current = bytes[offset]
            if current == ASCII.dot, !seenDot, byte(at: offset + 1) != ASCII.dot {
                seenDot = true
            } else if current == ASCII.plus || current == ASCII.minus {
                guard isExponentSign else { break }
            } else if !(current.isDigit || current.isLetter || current == ASCII.underscore) {
                break
            }
            advance(by: 1)
        }
        return .number
    }

    /// The sign in `1e-5`; in `1-5` and `0x1e-5` it is an operator, but nothing here depends on the
    /// difference.
    private var isExponentSign: Bool {
        bytes[offset - 1].lowercasedASCII == UInt8(ascii: "e") && byte(at: offset + 1).isDigit
    }

    /// A run of operator characters, cut where a comment begins.
    mutating func scanOperator() -> Token.Kind {
        advance(by: 1)
        while offset < end, bytes[offset].isOperator {
            let following = byte(at: offset + 1)
            if bytes[offset] == ASCII.minus, following == ASCII.minus { break }
            if bytes[offset] == ASCII.slash, following == ASCII.star { break }
            advance(by: 1)
        }
        return .operator
    }

    mutating func scanPunctuation(_ byte: UInt8) -> Token.Kind {
        advance(by: 1)
        switch byte {
        case UInt8(ascii: "("): return .openParenthesis
        case UInt8(ascii: ")"): return .closeParenthesis
        case UInt8(ascii: "["): return .openBracket
        case UInt8(ascii: "]"): return .closeBracket
        case UInt8(ascii: ","): return .comma
        case ASCII.semicolon: return .semicolon
        case ASCII.dot: return .dot
        case ASCII.colon: return scanColon()
        default: return .other
        }
    }

    private mutating func scanColon() -> Token.Kind {
        let following = self.byte(at: offset)
        guard following == ASCII.colon || following == ASCII.equals else { return .other }
        advance(by: 1)
        return .operator
    }
}
