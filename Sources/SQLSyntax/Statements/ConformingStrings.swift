/// Follows `standard_conforming_strings` through a script.
///
/// Where it is off, a backslash in a plain string escapes what follows, and the string may end elsewhere than the lexer thinks.
/// Dumps of old servers switch it off, and most have no such string: only one that would be read in two ways is refused.
struct ConformingStrings {
    private enum State {
        case start, set, name, value
        case call
        case other
    }

    private(set) var isOff = false
    private var state = State.start
    private var pending: Bool?

    /// Notices what a statement does to the setting.
    mutating func take(_ token: Token, in bytes: [UInt8]) {
        switch state {
        case .start:
            state = bytes.isKeyword(token, "SET") || bytes.isKeyword(token, "RESET") ? .set : .call
        case .set:
            if bytes.isKeyword(token, "SESSION") || bytes.isKeyword(token, "LOCAL") { return }
            state = Self.isName(token, bytes) ? .name : .other
            if state == .name { pending = false }
        case .name: state = .value
        case .value:
            pending = Self.isOff(token, bytes)
            state = .other
        case .call: if token.kind == .string, Self.isName(token, bytes) { state = .name }
        case .other: break
        }
    }

    /// The statement is over.
    mutating func finish() {
        isOff = pending ?? isOff
        (state, pending) = (.start, nil)
    }

    /// - Throws: `LexicalError.backslashInString`.
    func check(_ token: Token, in bytes: [UInt8]) throws(LexicalError) {
        guard isOff, token.kind == .string, bytes[token.range].contains(ASCII.backslash) else { return }
        var lexer = Lexer(bytes, in: token.range.lowerBound..<bytes.count)
        let prefix = bytes[token.range.lowerBound] == ASCII.quote ? 0 : 1
        let isSame =
            (try? lexer.scanString(.escapeString, prefix: prefix)) != nil
            && lexer.offset == token.range.upperBound
        guard isSame else { throw LexicalError(.backslashInString, at: token.range.lowerBound, in: bytes) }
    }

    /// Compared as bytes: made into texts, the strings of a big script took half of the time of cutting it.
    private static func isName(_ token: Token, _ bytes: [UInt8]) -> Bool {
        let quotes = [ASCII.quote, UInt8(ascii: "\"")].contains(bytes[token.range.lowerBound]) ? 1 : 0
        guard token.range.count == name.count + 2 * quotes else { return false }
        return bytes[token.range].dropFirst(quotes).starts(with: name) { $0.lowercasedASCII == $1 }
    }

    private static let name = Array("standard_conforming_strings".utf8)

    private static func isOff(_ token: Token, _ bytes: [UInt8]) -> Bool {
        ["off", "of", "false", "f", "no", "n", "0"].contains(content(token, bytes))
    }

    private static func content(_ token: Token, _ bytes: [UInt8]) -> String {
        guard token.range.count <= 40 else { return "" }
        return String(decoding: bytes[token.range].map(\.lowercasedASCII), as: UTF8.self)
            .split { $0 == "'" || $0 == "\"" }.joined()
    }
}
