/// Reads a statement word by word, as far as somebody asks.
///
/// The text has been through the lexer before, so a lexical error cannot happen here; it would read as the
/// end.
struct WordReader {
    private var lexer: Lexer

    init(_ bytes: [UInt8], in range: Range<Int>?) {
        lexer = Lexer(bytes, in: range)
    }

    /// The next token in capitals if it is a word; empty for anything else and at the end.
    mutating func next() -> String {
        guard let token = nextToken(), token.kind == .word else { return "" }
        return capitals(token.range)
    }

    /// Keywords fit into a small string, so that this allocates nothing.
    private func capitals(_ range: Range<Int>) -> String {
        String(unsafeUninitializedCapacity: range.count) { buffer in
            for (index, byte) in lexer.bytes[range].enumerated() {
                buffer[index] = byte.isLetter ? byte & ~0x20 : byte
            }
            return range.count
        }
    }

    mutating func nextKind() -> Token.Kind? {
        nextToken()?.kind
    }

    /// All that is left.
    mutating func rest() -> RestOfStatement {
        var rest = RestOfStatement()
        while let token = nextToken() {
            rest.append(token, lexer.bytes.text(token.range))
        }
        return rest
    }

    private mutating func nextToken() -> Token? {
        try? lexer.nextSignificant()
    }
}

/// The tokens behind the first words of a statement, words in capitals, for the few rules that look that far.
struct RestOfStatement {
    private var tokens: [String] = []
    private var depth = 0
    private(set) var firstTopLevel: String?
    private(set) var topLevelCount = 0

    var last: String? { tokens.last }

    mutating func append(_ token: Token, _ text: String) {
        switch token.kind {
        case .openParenthesis: depth += 1
        case .closeParenthesis: depth -= 1
        default:
            guard depth == 0 else { break }
            firstTopLevel = firstTopLevel ?? text.uppercased()
            topLevelCount += 1
        }
        tokens.append(token.kind == .word ? text.uppercased() : text)
    }

    /// Whether these words follow each other somewhere.
    func contains(_ words: [String]) -> Bool {
        tokens.indices.contains { tokens[$0...].starts(with: words) }
    }

    /// Whether an option of a parenthesised list is given and switched off (or on): `name = false`, `name
    /// 'off'`, `name`.
    func hasOption(_ name: String, off: Bool) -> Bool {
        for index in tokens.indices.dropFirst() where tokens[index] == name {
            guard ["(", ","].contains(tokens[index - 1]) else { continue }
            var value = tokens[(index + 1)...].first ?? ""
            if value == "=" { value = tokens.dropFirst(index + 2).first ?? "" }
            let word = value.filter { $0 != "'" }.uppercased()
            if ["FALSE", "OFF", "0", "NO"].contains(word) == off { return true }
        }
        return false
    }
}
