/// The tokens of one statement without white space, comments and the closing semicolon, each with its depth.
struct SignificantTokens {
    let bytes: [UInt8]
    private(set) var tokens: [Token] = []
    /// Depth in parentheses and brackets; an opening one has the depth outside, as has its closing one.
    private(set) var depths: [Int] = []

    init(_ bytes: [UInt8]) throws(ShapeError) {
        self.bytes = bytes
        var lexer = Lexer(bytes)
        var closed = false
        var depth = 0
        do {
            while let token = try lexer.nextSignificant() {
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

    func isKeyword(_ index: Int, _ keyword: StaticString) -> Bool {
        index < count && bytes.isKeyword(tokens[index], keyword)
    }

    func kind(_ index: Int) -> Token.Kind? {
        index < count ? tokens[index].kind : nil
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
        SourceLocation(offset: index < count ? tokens[index].range.lowerBound : bytes.count, in: bytes)
    }

    /// The first top-level place of a keyword from an index on. A name behind a dot is not a keyword.
    func firstTopLevel(_ keyword: StaticString, from index: Int) -> Int? {
        (index..<max(index, count)).first {
            depths[$0] == 0 && isKeyword($0, keyword) && ($0 == 0 || tokens[$0 - 1].kind != .dot)
        }
    }

    /// The index behind the parenthesis that closes the one at `index`.
    func skipParentheses(at index: Int) -> Int {
        let depth = depths[index]
        let close = (index + 1..<max(index + 1, count)).first { depths[$0] == depth }
        return close.map { $0 + 1 } ?? count
    }
}
