import Postgres
import SQLSyntax

/// Steps over keywords and names at the beginning of a statement.
struct NameReader {
    private let bytes: [UInt8]
    private var tokens: [Token] = []

    init(_ text: String) {
        bytes = Array(text.utf8)
        var lexer = Lexer(bytes)
        while let token = try? lexer.nextSignificant() { tokens.append(token) }
        tokens.reverse()
    }

    private func text(_ token: Token) -> String { String(decoding: bytes[token.range], as: UTF8.self) }

    func isAt(_ keyword: String) -> Bool {
        tokens.last.map { $0.kind == .word && text($0).uppercased() == keyword } ?? false
    }

    /// Steps over those of the keywords that stand here in this order, and says whether there was one.
    @discardableResult
    mutating func skip(_ keywords: String...) -> Bool {
        let count = tokens.count
        for keyword in keywords where isAt(keyword) { tokens.removeLast() }
        return tokens.count < count
    }

    /// Steps over `( ... )`, if it stands here.
    mutating func skipParentheses() {
        guard tokens.last?.kind == .openParenthesis else { return }
        while let token = tokens.popLast(), token.kind != .closeParenthesis {}
    }

    /// The next word, in capitals.
    mutating func word() -> String? {
        guard let token = tokens.last, token.kind == .word else { return nil }
        tokens.removeLast()
        return text(token).uppercased()
    }

    mutating func name() -> String? {
        guard let token = tokens.last, token.isName else { return nil }
        tokens.removeLast()
        return (try? Identifier(parsing: text(token)))?.name
    }

    /// As written, quotes included: `to_regclass` reads it as SQL does.
    mutating func dottedName() -> String? {
        var parts = ""
        while let token = tokens.last, token.isName || token.kind == .dot {
            let endsName = token.isName && !parts.isEmpty && !parts.hasSuffix(".")
            if endsName { break }
            parts += text(token)
            tokens.removeLast()
        }
        return parts.isEmpty ? nil : parts
    }

    /// What has not been stepped over.
    var rest: String {
        guard let first = tokens.last, let last = tokens.first else { return "" }
        return String(decoding: bytes[first.range.lowerBound..<last.range.upperBound], as: UTF8.self)
    }
}
