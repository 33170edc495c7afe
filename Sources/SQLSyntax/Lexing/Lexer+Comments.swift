extension Lexer {
    /// To the end of the line, whatever stands in it: a backslash before the line end means nothing.
    mutating func scanLineComment() -> Token.Kind {
        while offset < end, !isLineEnd(bytes[offset]) { advance(by: 1) }
        return .lineComment
    }

    /// Comments nest in SQL, unlike in C.
    mutating func scanBlockComment() throws(LexicalError) -> Token.Kind {
        let start = offset
        var depth = 0
        while offset < end {
            let current = bytes[offset]
            if current == ASCII.slash, byte(at: offset + 1) == ASCII.star {
                depth += 1
                advance(by: 2)
            } else if current == ASCII.star, byte(at: offset + 1) == ASCII.slash {
                depth -= 1
                advance(by: 2)
                if depth == 0 { return .blockComment }
            } else {
                advance(by: 1)
            }
        }
        throw failure(.unterminatedComment, at: start)
    }
}
