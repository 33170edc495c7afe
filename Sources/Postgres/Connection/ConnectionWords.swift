/// `host=… dbname=…`, cut as libpq cuts it.
struct ConnectionWords {
    /// A keyword and its value.
    struct Word {
        let name: String
        let value: String

        /// Whether the value holds what looks like the next word: other tools put `;`, `,` or `&` between words, where libpq
        /// takes all of it for the first value. A password may look like that.
        var joinsWords: Bool {
            guard ["host", "hostaddr", "port", "user", "dbname"].contains(name) else { return false }
            let parts = value.split(separator: "=", omittingEmptySubsequences: false).dropLast()
            return parts.contains { part in
                guard let mark = part.lastIndex(where: { ";,&".contains($0) }) else { return false }
                let name = part[part.index(after: mark)...].filter { $0 != " " }
                return name.contains(where: \.isLetter)
                    && name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
            }
        }
    }

    private(set) var words: [Word] = []
    private var rest: Substring.UnicodeScalarView

    init(_ text: String) throws(ConnectionStringProblem) {
        rest = text[...].unicodeScalars
        skipSpace()
        while !rest.isEmpty {
            let name = take { $0 != "=" && !Self.isSpace($0) }
            skipSpace()
            guard rest.first == "=" else {
                throw words.isEmpty ? .neither : .wordWithoutValue(words.count + 1)
            }
            rest.removeFirst()
            skipSpace()
            words.append(Word(name: name, value: try value()))
            skipSpace()
        }
    }

    private mutating func value() throws(ConnectionStringProblem) -> String {
        let isQuoted = rest.first == "'"
        if isQuoted { rest.removeFirst() }
        var value = String.UnicodeScalarView()
        while let scalar = rest.first, isQuoted ? scalar != "'" : !Self.isSpace(scalar) {
            rest.removeFirst()
            if scalar == "\\" {
                if let escaped = rest.popFirst() { value.append(escaped) }
            } else {
                value.append(scalar)
            }
        }
        if isQuoted {
            guard rest.popFirst() != nil else { throw .openQuote }
            // What stands in quotes is one value, whatever it looks like.
            return ""
        }
        return String(value)
    }

    private mutating func take(while isWanted: (Unicode.Scalar) -> Bool) -> String {
        let taken = rest.prefix(while: isWanted)
        rest = rest[taken.endIndex...]
        return String(String.UnicodeScalarView(taken))
    }

    private mutating func skipSpace() {
        rest = rest.drop(while: Self.isSpace)
    }

    /// What C's `isspace` takes for white space.
    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || (0x09...0x0D).contains(scalar.value)
    }
}
