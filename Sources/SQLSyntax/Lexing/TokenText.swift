extension [UInt8] {
    /// Whether a token is this keyword. Quoted names never are.
    /// - Parameter keyword: in capitals.
    func isKeyword(_ token: Token, _ keyword: StaticString) -> Bool {
        guard token.kind == .word, token.range.count == keyword.utf8CodeUnitCount else { return false }
        let wanted = UnsafeBufferPointer(start: keyword.utf8Start, count: keyword.utf8CodeUnitCount)
        for (distance, letter) in wanted.enumerated()
        where self[token.range.lowerBound + distance].lowercasedASCII != letter.lowercasedASCII {
            return false
        }
        return true
    }

    /// The text of a range.
    func text(_ range: Range<Int>) -> String {
        String(decoding: self[range], as: UTF8.self)
    }

    /// The name a token stands for: folded to lower case unless quoted, doubled quotes taken back.
    func name(_ token: Token) -> String {
        switch token.kind {
        case .quotedIdentifier: unquoted(token.range.lowerBound + 1..<token.range.upperBound - 1)
        case .unicodeIdentifier:
            UnicodeEscapes.decoded(unquoted(token.range.lowerBound + 3..<token.range.upperBound - 1))
        default: String(decoding: self[token.range].map(\.lowercasedASCII), as: UTF8.self)
        }
    }

    private func unquoted(_ range: Range<Int>) -> String {
        var result: [UInt8] = []
        var index = range.lowerBound
        while index < range.upperBound {
            result.append(self[index])
            index += self[index] == ASCII.doubleQuote ? 2 : 1
        }
        return String(decoding: result, as: UTF8.self)
    }
}

/// The escapes of `U&"d\0061t\+000061"`, with the usual backslash; another `UESCAPE` character is not looked
/// at.
enum UnicodeEscapes {
    static func decoded(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        var rest = Substring(text).unicodeScalars
        while let scalar = rest.popFirst() {
            guard scalar == "\\" else {
                result.append(scalar)
                continue
            }
            result.append(escape(&rest))
        }
        return String(result)
    }

    private static func escape(_ rest: inout Substring.UnicodeScalarView) -> Unicode.Scalar {
        if rest.first == "\\" {
            rest.removeFirst()
            return "\\"
        }
        var digits = 4
        if rest.first == "+" {
            rest.removeFirst()
            digits = 6
        }
        let code = UInt32(String(rest.prefix(digits)), radix: 16)
        rest.removeFirst(min(digits, rest.count))
        return code.flatMap(Unicode.Scalar.init) ?? "\u{FFFD}"
    }
}
