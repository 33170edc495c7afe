/// SQL text with everything taken out that does not change what it does.
public enum NormalizedText {
    private static let pieceSize = 64 * 1024

    /// The tokens of a script, one space between two, words in lower case, comments and white space gone, one
    /// semicolon and a line end behind each statement; COPY data stands as it is.
    ///
    /// Two scripts with the same normalized text do the same: only layout, comments and the case of
    /// keywords and unquoted names differ. For checksums that let a cosmetic edit pass.
    /// - Throws: `LexicalError` for a construct that is never closed.
    public static func of(_ bytes: [UInt8], in range: Range<Int>? = nil) throws(LexicalError) -> [UInt8] {
        var result: [UInt8] = []
        try tell(bytes, in: range) { result += $0 }
        return result
    }

    /// The same in pieces, so that a big script need not be held twice.
    public static func tell(
        _ bytes: [UInt8],
        in range: Range<Int>? = nil,
        to body: (ArraySlice<UInt8>) -> Void
    ) throws(LexicalError) {
        var result: [UInt8] = []
        try StatementSplitter.forEach(bytes, in: range) { statement throws(LexicalError) in
            var lexer = Lexer(bytes, in: statement.range)
            var separate = false
            while let token = try lexer.nextSignificant() {
                if separate { result.append(ASCII.space) }
                separate = true
                append(token, of: bytes, to: &result)
            }
            result += [ASCII.semicolon, ASCII.newline]
            guard statement.copyData != nil || result.count > pieceSize else { return }
            body(result[...])
            result.removeAll(keepingCapacity: true)
            if let data = statement.copyData { body(bytes[data]) }
        }
        body(result[...])
    }

    private static func append(_ token: Token, of bytes: [UInt8], to result: inout [UInt8]) {
        if token.kind == .word {
            result += bytes[token.range].lazy.map(\.lowercasedASCII)
        } else {
            result += bytes[token.range]
        }
    }
}
