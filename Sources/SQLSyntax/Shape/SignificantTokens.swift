/// The tokens of one statement without white space, comments and the closing semicolon, each with its depth.
struct SignificantTokens: Sendable {
    let bytes: [UInt8]
    private(set) var tokens: [Token] = []
    /// Depth in parentheses and brackets; an opening one has the depth outside, as has its closing one.
    private(set) var depths: [Int] = []
    /// Where the text ends that they were read from.
    private let end: Int

    init(_ bytes: [UInt8]) throws(ShapeError) {
        self.bytes = bytes
        end = bytes.count
        var lexer = Lexer(bytes)
        var closed = false
        var depth = 0
        do {
            while let token = try lexer.nextPiece() {
                if token.kind == .semicolon, depth == 0 {
                    closed = !tokens.isEmpty
                    continue
                }
                guard !closed else { throw ShapeError.severalStatements(location(of: token)) }
                append(token, &depth)
            }
        } catch let error as LexicalError {
            throw .lexical(error)
        } catch let error as ShapeError {
            throw error
        } catch {
            throw .empty
        }
        guard !tokens.isEmpty else { throw .empty }
    }

    /// Some of the tokens, with their depths counted from the first of them. Places in the text stay what they are.
    private init(_ whole: SignificantTokens, _ range: Range<Int>) {
        bytes = whole.bytes
        tokens = Array(whole.tokens[range])
        let base = range.isEmpty ? 0 : whole.depths[range.lowerBound]
        depths = whole.depths[range].map { $0 - base }
        end = range.upperBound < whole.count ? whole.tokens[range.upperBound].range.lowerBound : whole.end
    }

    subscript(range: Range<Int>) -> SignificantTokens {
        SignificantTokens(self, range)
    }

    private mutating func append(_ token: Token, _ depth: inout Int) {
        if token.kind == .closeParenthesis || token.kind == .closeBracket { depth -= 1 }
        tokens.append(token)
        depths.append(depth)
        if token.kind == .openParenthesis || token.kind == .openBracket { depth += 1 }
    }

    var count: Int { tokens.count }

    /// All names, folded. Keywords are among them.
    var names: Set<String> {
        Set(tokens.lazy.filter(\.isName).map(bytes.name))
    }

    /// - Throws: `ShapeError.parameter` for `$1` and its like.
    func refuseParameters() throws(ShapeError) {
        guard let token = tokens.first(where: { $0.kind == .parameter }) else { return }
        throw .parameter(bytes.text(token.range), location(of: token))
    }

    func isKeyword(_ index: Int, _ keyword: StaticString) -> Bool {
        index >= 0 && index < count && bytes.isKeyword(tokens[index], keyword)
    }

    func kind(_ index: Int) -> Token.Kind? {
        index >= 0 && index < count ? tokens[index].kind : nil
    }

    func name(_ index: Int) -> String {
        bytes.name(tokens[index])
    }

    func text(_ index: Int) -> String {
        index < count ? bytes.text(tokens[index].range) : "the end of the text"
    }

    func location(of token: Token) -> SourceLocation {
        SourceLocation(offset: token.range.lowerBound, in: bytes)
    }

    func location(_ index: Int) -> SourceLocation {
        SourceLocation(offset: index < count ? tokens[index].range.lowerBound : end, in: bytes)
    }

    /// Whether a keyword stands here that begins a clause. Behind a dot or AS it is a name like any other.
    func isClause(_ index: Int, _ keyword: StaticString) -> Bool {
        isKeyword(index, keyword)
            && (index == 0 || tokens[index - 1].kind != .dot && !isKeyword(index - 1, "AS"))
    }

    /// The first top-level place of a keyword from an index on.
    func firstTopLevel(_ keyword: StaticString, from index: Int) -> Int? {
        (index..<max(index, count)).first { depths[$0] == 0 && isClause($0, keyword) }
    }

    /// FROM as a clause; `a IS DISTINCT FROM b` is part of an expression.
    func topLevelFrom(after start: Int) -> Int? {
        (start..<max(start, count)).first {
            depths[$0] == 0 && isClause($0, "FROM") && !isKeyword($0 - 1, "DISTINCT")
        }
    }

    /// The index behind the parenthesis that closes the one at `index`.
    func skipParentheses(at index: Int) -> Int {
        let depth = depths[index]
        let close = (index + 1..<max(index + 1, count)).first { depths[$0] == depth }
        return close.map { $0 + 1 } ?? count
    }

    /// What stands in the parentheses that open at `index`.
    func inParentheses(at index: Int) -> Range<Int> {
        let end = skipParentheses(at: index)
        let isClosed = end > index + 1 && kind(end - 1) == .closeParenthesis
        return index + 1..<max(index + 1, isClosed ? end - 1 : end)
    }

    /// Whether a query stands in the parentheses that open at `index`.
    func isQuery(inParenthesesAt index: Int) -> Bool {
        guard kind(index) == .openParenthesis else { return false }
        var first = index + 1
        while kind(first) == .openParenthesis { first += 1 }
        return isKeyword(first, "SELECT") || isKeyword(first, "WITH") || isKeyword(first, "TABLE")
            || isKeyword(first, "VALUES") && kind(first + 1) == .openParenthesis
    }

    /// The pieces between the top-level commas of a range.
    func list(_ range: Range<Int>) -> [Range<Int>] {
        guard let first = range.first else { return [] }
        let depth = depths[first]
        var (pieces, start): ([Range<Int>], Int) = ([], first)
        for index in range where depths[index] == depth && kind(index) == .comma {
            pieces.append(start..<index)
            start = index + 1
        }
        return pieces + [start..<range.upperBound]
    }
}
