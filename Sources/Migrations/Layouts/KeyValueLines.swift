/// `key = value` lines of small settings files; comments with `#`, everything else is left out.
struct KeyValueLines {
    private var values: [String: String] = [:]

    init(_ bytes: [UInt8]) {
        for line in TextLines(bytes) {
            let text = String(decoding: bytes[line.range], as: UTF8.self)
            let parts = text.prefix { $0 != "#" }.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { continue }
            values[Self.trimmed(parts[0])] = Self.trimmed(parts[1])
        }
    }

    subscript(key: String) -> String? { values[key] }

    private static func trimmed(_ text: Substring) -> String {
        let words = text.drop(while: \.isWhitespace)
        let end = words.lastIndex { !$0.isWhitespace }
        return end.map { String(words[...$0]) } ?? ""
    }
}
