extension Lexer {
    /// A quoted string with its continuations.
    mutating func scanString(_ kind: Token.Kind, prefix: Int) throws(LexicalError) -> Token.Kind {
        let start = offset
        advance(by: prefix)
        repeat {
            try scanStringSegment(kind, start: start)
        } while skipToContinuation()
        return kind
    }

    /// From an opening quote to behind its closing one.
    private mutating func scanStringSegment(_ kind: Token.Kind, start: Int) throws(LexicalError) {
        advance(by: 1)
        while offset < end {
            let current = bytes[offset]
            if current == 0 { throw failure(.zeroByte, at: offset) }
            advance(by: 1)
            if current == ASCII.backslash, kind == .escapeString {
                if offset < end { advance(by: 1) }
            } else if current == ASCII.quote {
                // A doubled quote stands for one, except in bit strings, where it begins the next constant.
                guard kind != .bitString, byte(at: offset) == ASCII.quote else { return }
                advance(by: 1)
            }
        }
        throw failure(.unterminatedString, at: start)
    }

    /// "Two string constants that are only separated by whitespace with at least one newline are
    /// concatenated": moves to the quote that continues the string, or stays. A line comment counts as white
    /// space here.
    private mutating func skipToContinuation() -> Bool {
        var index = offset
        var sawNewline = false
        while index < end {
            let current = bytes[index]
            if current == ASCII.quote {
                guard sawNewline else { return false }
                offset(becomes: index)
                return true
            }
            if current == ASCII.minus, byte(at: index + 1) == ASCII.minus {
                while index < end, !isLineEnd(bytes[index]) { index += 1 }
                continue
            }
            guard current.isSQLSpace else { return false }
            if isLineEnd(current) { sawNewline = true }
            index += 1
        }
        return false
    }

    private mutating func offset(becomes index: Int) {
        jump(to: index)
    }

    func isLineEnd(_ byte: UInt8) -> Bool {
        byte == ASCII.newline || byte == ASCII.carriageReturn
    }

    /// `"name"`, in which only the doubled quote is special.
    mutating func scanQuotedIdentifier(_ kind: Token.Kind, prefix: Int) throws(LexicalError) -> Token.Kind {
        let start = offset
        advance(by: prefix + 1)
        while offset < end {
            let current = bytes[offset]
            if current == 0 { throw failure(.zeroByte, at: offset) }
            advance(by: 1)
            if current == ASCII.doubleQuote {
                guard byte(at: offset) == ASCII.doubleQuote else { return kind }
                advance(by: 1)
            }
        }
        throw failure(.unterminatedIdentifier, at: start)
    }

    /// `$1`, `$tag$ ... $tag$`, or a lone dollar.
    mutating func scanDollar() throws(LexicalError) -> Token.Kind {
        let start = offset
        advance(by: 1)
        if byte(at: offset).isDigit {
            advance(while: \.isDigit)
            return .parameter
        }
        if byte(at: offset).isIdentifierStart { advance(while: \.isDollarTagPart) }
        guard offset < end, bytes[offset] == ASCII.dollar else {
            // `$tag` without its second dollar: give the lone dollar back and let the server complain.
            jump(to: start + 1)
            return .other
        }
        advance(by: 1)
        return try scanDollarBody(tag: start..<offset)
    }

    private mutating func scanDollarBody(tag: Range<Int>) throws(LexicalError) -> Token.Kind {
        while offset < end {
            let current = bytes[offset]
            if current == 0 { throw failure(.zeroByte, at: offset) }
            if current == ASCII.dollar, isRepeated(tag, at: offset) {
                advance(by: tag.count)
                return .dollarString
            }
            advance(by: 1)
        }
        let text = String(decoding: bytes[tag], as: UTF8.self)
        throw failure(.unterminatedDollarString(tag: text), at: tag.lowerBound)
    }

    private func isRepeated(_ tag: Range<Int>, at index: Int) -> Bool {
        guard index + tag.count <= end else { return false }
        for distance in 0..<tag.count where bytes[tag.lowerBound + distance] != bytes[index + distance] {
            return false
        }
        return true
    }
}
