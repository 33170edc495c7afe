/// The tokens of a statement, or of a body, with the names they stand for.
struct NamePieces {
    struct Piece {
        let token: Token
        /// Folded for a name, as written for an operator, empty for anything else.
        let text: String
    }

    let bytes: [UInt8]
    private let pieces: [Piece]

    /// What cannot be read to its end is read as far as it goes: a body may be in any language.
    init(_ bytes: [UInt8], in range: Range<Int>? = nil) {
        self.bytes = bytes
        var lexer = Lexer(bytes, in: range)
        var pieces: [Piece] = []
        while let token = try? lexer.nextPiece() {
            let text =
                token.isName ? bytes.name(token) : token.kind == .operator ? bytes.text(token.range) : ""
            pieces.append(Piece(token: token, text: text))
        }
        self.pieces = pieces
    }

    var indices: Range<Int> { pieces.indices }

    func text(_ index: Int) -> String { pieces[index].text }

    func kind(_ index: Int) -> Token.Kind? {
        pieces.indices.contains(index) ? pieces[index].token.kind : nil
    }

    func isName(_ index: Int) -> Bool {
        pieces.indices.contains(index) && pieces[index].token.isName
    }

    /// Whether a word that is not quoted stands here, in lower case.
    func isWord(_ index: Int, _ words: Set<String>) -> Bool {
        kind(index) == .word && words.contains(pieces[index].text)
    }

    /// Where none of these words stands any more.
    func skip(_ words: Set<String>, from index: Int) -> Int {
        var index = index
        while isWord(index, words) { index += 1 }
        return index
    }

    /// The last parts of `a.b.c`, and where it ends.
    func dottedName(at index: Int) -> (schema: String?, name: String, end: Int)? {
        guard isName(index) else { return nil }
        var (schema, name, end): (String?, String, Int) = (nil, text(index), index + 1)
        while kind(end) == .dot, isName(end + 1) {
            (schema, name, end) = (name, text(end + 1), end + 2)
        }
        return (schema, name, end)
    }

    /// Behind the parenthesis that closes the one which may stand here.
    func skipParentheses(at index: Int) -> Int {
        guard kind(index) == .openParenthesis else { return index }
        var (index, depth) = (index, 0)
        while let kind = kind(index) {
            if kind == .openParenthesis { depth += 1 }
            if kind == .closeParenthesis { depth -= 1 }
            index += 1
            if depth == 0 { break }
        }
        return index
    }

    /// The text of a string constant as SQL of its own; nil for anything else.
    func content(_ index: Int) -> NamePieces? {
        let range = pieces[index].token.range
        switch pieces[index].token.kind {
        case .dollarString:
            // The tag is as long at both ends.
            let tag = bytes[range.dropFirst()].firstIndex(of: ASCII.dollar).map { $0 + 1 - range.lowerBound }
            guard let tag, range.count >= 2 * tag else { return nil }
            return NamePieces(bytes, in: range.lowerBound + tag..<range.upperBound - tag)
        case .string, .escapeString:
            let text = bytes.text(range).drop { $0 != "'" }.dropFirst().dropLast()
            return NamePieces(Array(text.replacing("''", with: "'").utf8))
        default: return nil
        }
    }
}
