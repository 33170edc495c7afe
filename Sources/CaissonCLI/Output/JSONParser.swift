/// Reads the JSON that the server writes: `to_jsonb` of a row.
struct JSONParser {
    private var rest: Substring.UnicodeScalarView

    /// The value of a text; nil when it is no JSON.
    static func value(of text: String) -> JSON? {
        var parser = JSONParser(rest: text[...].unicodeScalars)
        let value = parser.value()
        parser.skipSpace()
        return parser.rest.isEmpty ? value : nil
    }

    private mutating func value() -> JSON? {
        skipSpace()
        switch rest.first {
        case "{": return object()
        case "[": return array()
        case "\"": return string().map(JSON.string)
        case "t": return word("true", .bool(true))
        case "f": return word("false", .bool(false))
        case "n": return word("null", .null)
        default: return number()
        }
    }

    private mutating func object() -> JSON? {
        var members: [JSON.Member] = []
        let isComplete = list(until: "}") { parser in
            parser.skipSpace()
            guard let name = parser.string(), parser.take(":"), let value = parser.value() else {
                return false
            }
            members.append(JSON.Member(name: name, value: value))
            return true
        }
        return isComplete ? .object(members) : nil
    }

    private mutating func array() -> JSON? {
        var values: [JSON] = []
        let isComplete = list(until: "]") { parser in
            guard let value = parser.value() else { return false }
            values.append(value)
            return true
        }
        return isComplete ? .array(values) : nil
    }

    /// Reads what stands between brackets, separated by commas.
    private mutating func list(until end: Unicode.Scalar, _ element: (inout JSONParser) -> Bool) -> Bool {
        rest.removeFirst()
        if take(end) { return true }
        while element(&self) {
            if take(end) { return true }
            guard take(",") else { return false }
        }
        return false
    }

    private mutating func string() -> String? {
        guard rest.popFirst() == "\"" else { return nil }
        var text = String.UnicodeScalarView()
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\"": return String(text)
            case "\\":
                guard let escaped = escape() else { return nil }
                text.append(escaped)
            default: text.append(scalar)
            }
        }
        return nil
    }

    private mutating func escape() -> Unicode.Scalar? {
        switch rest.popFirst() {
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "b": return "\u{08}"
        case "f": return "\u{0C}"
        case "u": return unicodeEscape()
        case let scalar: return scalar
        }
    }

    private mutating func unicodeEscape() -> Unicode.Scalar? {
        guard let high = codeUnit() else { return nil }
        guard (0xD800..<0xDC00).contains(high) else { return Unicode.Scalar(high) }
        guard rest.popFirst() == "\\", rest.popFirst() == "u", let low = codeUnit(),
            (0xDC00..<0xE000).contains(low)
        else {
            return nil
        }
        return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
    }

    private mutating func codeUnit() -> UInt32? {
        let digits = String(String.UnicodeScalarView(rest.prefix(4)))
        rest = rest.dropFirst(4)
        return digits.count == 4 ? UInt32(digits, radix: 16) : nil
    }

    private mutating func number() -> JSON? {
        let digits = String(
            String.UnicodeScalarView(rest.prefix { "+-.0123456789eE".unicodeScalars.contains($0) })
        )
        rest = rest.dropFirst(digits.unicodeScalars.count)
        return Double(digits) == nil ? nil : .number(digits)
    }

    private mutating func word(_ word: String, _ value: JSON) -> JSON? {
        guard rest.starts(with: word.unicodeScalars) else { return nil }
        rest = rest.dropFirst(word.unicodeScalars.count)
        return value
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        skipSpace()
        guard rest.first == scalar else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func skipSpace() {
        rest = rest.drop { $0 == " " || $0 == "\n" || $0 == "\r" || $0 == "\t" }
    }
}
