/// A place among tokens that moves on as they are read.
struct TokenReader {
    let tokens: SignificantTokens
    var index: Int

    init(_ tokens: SignificantTokens, at index: Int = 0) {
        self.tokens = tokens
        self.index = index
    }

    var isAtEnd: Bool { index >= tokens.count }

    var kind: Token.Kind? { tokens.kind(index) }

    var isAtName: Bool { index < tokens.count && tokens.tokens[index].isName }

    func isAt(_ keyword: StaticString) -> Bool {
        tokens.isKeyword(index, keyword)
    }

    mutating func skip(_ keyword: StaticString) -> Bool {
        guard isAt(keyword) else { return false }
        index += 1
        return true
    }

    mutating func skip(_ kind: Token.Kind) -> Bool {
        guard self.kind == kind else { return false }
        index += 1
        return true
    }

    /// Skips what stands in parentheses, and tells what it is.
    mutating func skipParentheses() -> Range<Int> {
        let inside = tokens.inParentheses(at: index)
        index = tokens.skipParentheses(at: index)
        return inside
    }

    /// `(name, name)`, where it stands. What hangs on to a name with a dot or in brackets belongs to the name.
    mutating func skipNames() -> [String] {
        guard kind == .openParenthesis else { return [] }
        let inside = skipParentheses()
        return tokens.list(inside).filter { !$0.isEmpty && tokens.tokens[$0.lowerBound].isName }
            .map { tokens.name($0.lowerBound) }
    }

    mutating func name(_ expected: String) throws(ShapeError) -> String {
        guard isAtName else { throw unexpected(expected) }
        index += 1
        return tokens.name(index - 1)
    }

    /// `a.b.c`
    mutating func dottedName(_ expected: String) throws(ShapeError) -> [String] {
        var parts = [try name(expected)]
        while skip(.dot) { parts.append(try name("a name behind the dot")) }
        return parts
    }

    func unexpected(_ expected: String) -> ShapeError {
        .unexpected(found: tokens.text(index), expected: expected, tokens.location(index))
    }
}
