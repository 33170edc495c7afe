/// Takes passwords out of texts that may quote a connection string or a statement.
///
/// It goes by where a secret stands: between the user and the `@` of a URL, behind `password=`, in the literal behind `PASSWORD`.
/// The same word elsewhere is left alone. Many a password is an ordinary word (`postgres`, `1`), and a message in which file names
/// and line numbers are masked helps nobody.
package enum SecretMask {
    private static let stars = "****"
    /// How names end whose values are secrets: also `sslpassword`, `PGPASSWORD`.
    private static let names = ["password", "passwd", "pwd"]

    /// The text with stars in place of each secret.
    package static func mask(_ text: String) -> String {
        guard
            text.utf8.contains(where: {
                $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: "'")
            })
        else { return text }
        var masked = ""
        var rest = text[...]
        while let next = nextSecret(in: rest) {
            masked += rest[..<next.lowerBound] + stars
            rest = rest[next.upperBound...]
        }
        return masked + rest
    }

    private static func nextSecret(in text: Substring) -> Range<Substring.Index>? {
        var position = text.startIndex
        while position < text.endIndex {
            let here = text[position...]
            if let found = passwordOfURL(at: here) ?? valueOfName(at: here), !found.isEmpty,
                text[found] != stars
            {
                return found
            }
            position = text.index(after: position)
        }
        return nil
    }

    /// `://user:secret@`, up to the last `@` of the word: a password that was not encoded may hold some itself.
    private static func passwordOfURL(at text: Substring) -> Range<Substring.Index>? {
        guard text.first == ":", text.hasPrefix("://") else { return nil }
        let word = text.dropFirst(3).prefix { !$0.isWhitespace && !"\"'`<>".contains($0) }
        guard let at = word.lastIndex(of: "@"), let colon = word.firstIndex(of: ":"), colon < at else {
            return nil
        }
        return word.index(after: colon)..<at
    }

    /// `password=secret`, `password = 'secret'`, and SQL's `PASSWORD 'secret'`.
    private static func valueOfName(at text: Substring) -> Range<Substring.Index>? {
        guard let name = names.first(where: { hasPrefix($0, text) }) else { return nil }
        let behind = text.dropFirst(name.count).drop { $0 == " " }
        if behind.first == "=" {
            let value = behind.dropFirst().drop { $0 == " " }
            return literal(at: value) ?? word(at: value)
        }
        // "password authentication failed" is no password.
        return literal(at: behind.first == "E" || behind.first == "e" ? behind.dropFirst() : behind)
    }

    private static func hasPrefix(_ name: String, _ text: Substring) -> Bool {
        guard let first = text.first, first == "p" || first == "P" else { return false }
        return text.prefix(name.count).lowercased() == name
    }

    private static func word(at text: Substring) -> Range<Substring.Index> {
        let word = text.prefix { !$0.isWhitespace && !"&;\"'".contains($0) }
        return word.startIndex..<word.endIndex
    }

    /// What stands between two quotes; to the end where the second is missing.
    private static func literal(at text: Substring) -> Range<Substring.Index>? {
        guard text.first == "'" else { return nil }
        let start = text.index(after: text.startIndex)
        var position = start
        while position < text.endIndex, text[position] != "'" {
            let isEscape = text[position] == "\\"
            position = text.index(after: position)
            if isEscape, position < text.endIndex { position = text.index(after: position) }
        }
        return start..<position
    }
}
