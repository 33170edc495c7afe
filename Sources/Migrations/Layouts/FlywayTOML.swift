/// `flyway.toml`, as far as settings need it: tables, dotted keys, strings of all four kinds, words, lists and inline tables.
/// What cannot be read is left out, so that a placeholder is missed rather than guessed.
struct FlywayTOML {
    private var rest: Substring
    private let variables: [String: String]
    private var values: [String: String] = [:]

    /// The values by their whole keys, `flyway.placeholders.owner`; lists with commas between their elements.
    static func values(_ text: String, _ variables: [String: String]) -> [String: String] {
        var parser = FlywayTOML(rest: text[...].replacing("\r\n", with: "\n")[...], variables: variables)
        parser.read()
        return parser.values
    }

    private init(rest: Substring, variables: [String: String]) {
        self.rest = rest
        self.variables = variables
    }

    private mutating func read() {
        var table: [String] = []
        while !rest.isEmpty {
            skip(" \t\n")
            if rest.first == "[" {
                let isList = rest.hasPrefix("[[")
                skip("[")
                table = (key() ?? []) + (isList ? ["[]"] : [])
            } else if rest.first != "#", let key = key() {
                readValue(of: table + key)
            }
            rest = rest.drop { $0 != "\n" }
        }
    }

    private mutating func skip(_ characters: String) {
        rest = rest.drop(while: characters.contains)
    }

    private mutating func take(_ character: Character) -> Bool {
        skip(" \t")
        guard rest.first == character else { return false }
        rest.removeFirst()
        return true
    }

    /// `a.b."c d"`
    private mutating func key() -> [String]? {
        var parts: [String] = []
        repeat {
            skip(" \t")
            if let text = string() {
                parts.append(text)
            } else {
                let word = rest.prefix { $0.isLetter || $0.isNumber || "_-".contains($0) }
                guard !word.isEmpty else { return nil }
                rest = rest[word.endIndex...]
                parts.append(String(word))
            }
        } while take(".")
        return parts
    }

    private mutating func readValue(of key: [String]) {
        guard take("=") else { return }
        if take("{") {
            while let inner = self.key() {
                readValue(of: key + inner)
                guard take(",") else { break }
            }
            _ = take("}")
        } else if let value = value() {
            let name = key.joined(separator: ".")
            values[name] = FlywayProperties.expanded(value, variables, name: /\$\{env\.([A-Za-z0-9_]+)\}/)
        }
    }

    private mutating func value() -> String? {
        if take("[") {
            var elements: [String] = []
            skip(" \t\n")
            while let element = value() {
                elements.append(element)
                skip(" \t\n")
                guard take(",") else { break }
                skip(" \t\n")
            }
            return take("]") ? elements.joined(separator: ",") : nil
        }
        skip(" \t")
        if rest.first == "\"" || rest.first == "'" { return string() }
        let word = rest.prefix { !$0.isWhitespace && !",]}#".contains($0) }
        rest = rest[word.endIndex...]
        return word.isEmpty ? nil : String(word)
    }

    private mutating func string() -> String? {
        for quote in ["\"\"\"", "'''", "\"", "'"] where rest.hasPrefix(quote) {
            rest.removeFirst(quote.count)
            if quote.count == 3, rest.first == "\n" { rest.removeFirst() }
            return text(until: quote)
        }
        return nil
    }

    private mutating func text(until quote: String) -> String? {
        var text = ""
        while !rest.hasPrefix(quote) {
            if quote.count == 1, rest.first == "\n" { return nil }
            guard let character = rest.popFirst() else { return nil }
            text.append(character == "\\" && quote.hasPrefix("\"") ? escaped() : character)
        }
        rest.removeFirst(quote.count)
        return text
    }

    private mutating func escaped() -> Character {
        let character = rest.popFirst() ?? "\\"
        let digits = character == "u" ? 4 : character == "U" ? 8 : 0
        if digits > 0, let code = UInt32(rest.prefix(digits), radix: 16), let scalar = Unicode.Scalar(code) {
            rest = rest.dropFirst(digits)
            return Character(scalar)
        }
        return ["n": "\n", "t": "\t", "r": "\r"][character] ?? character
    }
}
