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

    /// The name a token stands for: folded to lower case unless quoted, doubled quotes taken back, escapes decoded, and
    /// cut off where the server cuts names off.
    func name(_ token: Token) -> String {
        switch token.kind {
        case .quotedIdentifier: cutOff(unquoted(from: token.range.lowerBound + 1).bytes)
        case .unicodeIdentifier: cutOff(Array(unicodeName(token).utf8))
        default: cutOff(self[token.range].map(\.lowercasedASCII))
        }
    }

    private func unicodeName(_ token: Token) -> String {
        let (bytes, end) = unquoted(from: token.range.lowerBound + 3)
        // `UESCAPE '!'`, which the reader of tokens has put together with the name.
        let clause = self[end..<token.range.upperBound]
        let escape = clause.lastIndex(of: ASCII.quote).map { clause[$0 - 1] } ?? ASCII.backslash
        return UnicodeEscapes.decoded(
            String(decoding: bytes, as: UTF8.self),
            escape: Unicode.Scalar(escape)
        )
    }

    /// What stands up to the closing double quote, and the index behind that.
    private func unquoted(from start: Int) -> (bytes: [UInt8], end: Int) {
        var result: [UInt8] = []
        var index = start
        while index < count {
            guard self[index] == ASCII.doubleQuote else {
                result.append(self[index])
                index += 1
                continue
            }
            guard index + 1 < count, self[index + 1] == ASCII.doubleQuote else { break }
            result.append(ASCII.doubleQuote)
            index += 2
        }
        return (result, Swift.min(index + 1, count))
    }

    /// Names have 63 bytes at most; the server drops the rest, but never half a character.
    private func cutOff(_ bytes: [UInt8]) -> String {
        var length = Swift.min(bytes.count, 63)
        while length < bytes.count, length > 0, bytes[length].isContinuationByte { length -= 1 }
        return String(decoding: bytes[..<length], as: UTF8.self)
    }
}

/// The escapes of `U&"d\0061t\+000061"`.
enum UnicodeEscapes {
    static func decoded(_ text: String, escape mark: Unicode.Scalar = "\\") -> String {
        var result = String.UnicodeScalarView()
        var rest = Substring(text).unicodeScalars
        while let scalar = rest.popFirst() {
            guard scalar == mark else {
                result.append(scalar)
                continue
            }
            result.append(escape(&rest, mark))
        }
        return String(result)
    }

    private static func escape(
        _ rest: inout Substring.UnicodeScalarView,
        _ mark: Unicode.Scalar
    ) -> Unicode.Scalar {
        if rest.first == mark {
            rest.removeFirst()
            return mark
        }
        guard let code = code(&rest) else { return "\u{FFFD}" }
        if let scalar = Unicode.Scalar(code) { return scalar }
        // The first half of a surrogate pair; the second is an escape of its own.
        guard (0xD800..<0xDC00).contains(code), rest.first == mark else { return "\u{FFFD}" }
        rest.removeFirst()
        guard let low = self.code(&rest), (0xDC00..<0xE000).contains(low) else { return "\u{FFFD}" }
        return Unicode.Scalar(0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)) ?? "\u{FFFD}"
    }

    private static func code(_ rest: inout Substring.UnicodeScalarView) -> UInt32? {
        var digits = 4
        if rest.first == "+" {
            rest.removeFirst()
            digits = 6
        }
        let code = UInt32(String(rest.prefix(digits)), radix: 16)
        rest.removeFirst(min(digits, rest.count))
        return code
    }
}

extension Lexer {
    /// The next words, in capitals, up to so many; strings, numbers and quoted names are none. What cannot be read ends them.
    package mutating func words(first count: Int) -> [String] {
        var words: [String] = []
        while words.count < count, let token = try? nextSignificant() {
            guard token.kind == .word else { continue }
            words.append(bytes.text(token.range).uppercased())
        }
        return words
    }
}
