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

    /// A number as PostgreSQL 16 and later read it. Letters that hang on to one belong to it, for the server to
    /// complain about.
    mutating func scanNumber() -> Token.Kind {
        if bytes[offset] != UInt8(ascii: "0") || !byte(at: offset + 1).isLetter {
            advance(while: \.isDigitOrUnderscore)
            scanFraction()
            scanExponent()
        }
        advance(while: \.isDollarTagPart)
        return .number
    }

    /// `.5`, or the lone dot of `5.`; the two dots of `1..10` are a token of their own.
    private mutating func scanFraction() {
        guard byte(at: offset) == ASCII.dot, byte(at: offset + 1) != ASCII.dot else { return }
        advance(by: 1)
        advance(while: \.isDigitOrUnderscore)
    }

    private mutating func scanExponent() {
        guard byte(at: offset).lowercasedASCII == UInt8(ascii: "e") else { return }
        let following = byte(at: offset + 1)
        let sign = following == ASCII.plus || following == ASCII.minus ? 1 : 0
        guard byte(at: offset + 1 + sign).isDigit else { return }
        advance(by: 1 + sign)
        advance(while: \.isDigitOrUnderscore)
    }

    /// A run of operator characters, cut where a comment begins.
    mutating func scanOperator() -> Token.Kind {
        let start = offset
        advance(by: 1)
        while offset < end, bytes[offset].isOperator {
            let following = byte(at: offset + 1)
            if bytes[offset] == ASCII.minus, following == ASCII.minus { break }
            if bytes[offset] == ASCII.slash, following == ASCII.star { break }
            advance(by: 1)
        }
        giveBackSigns(from: start)
        return .operator
    }

    /// "A multiple-character operator name cannot end in + or -, unless the name also contains at least one of
    /// these characters: ~ ! @ # % ^ & | ` ?": in `a=-1` the minus is an operator of its own.
    private mutating func giveBackSigns(from start: Int) {
        var last = offset - 1
        guard last > start, bytes[last].isSign else { return }
        for index in start..<offset where bytes[index].letsOperatorEndInSign { return }
        while last > start, bytes[last].isSign { last -= 1 }
        jump(to: last + 1)
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
        case ASCII.dot: return scanDot()
        case ASCII.colon: return scanColon()
        default: return .other
        }
    }

    /// A dot, or the two of a PL/pgSQL range.
    private mutating func scanDot() -> Token.Kind {
        guard self.byte(at: offset) == ASCII.dot else { return .dot }
        advance(by: 1)
        return .other
    }

    private mutating func scanColon() -> Token.Kind {
        let following = self.byte(at: offset)
        guard following == ASCII.colon || following == ASCII.equals else { return .other }
        advance(by: 1)
        return .operator
    }
}
