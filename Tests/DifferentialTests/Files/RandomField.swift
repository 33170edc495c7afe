import Bulk

/// A field as it is written for us and for the server, and what it stands for.
struct RandomField {
    /// What it holds, without quotes.
    var text: [UInt8]
    var isQuoted: Bool
    /// As it stands in the file.
    var written: [UInt8]
    /// As the server has to have it to read the same.
    var plain: [UInt8]
    var differences: Set<ServerDifference> = []

    /// What means NULL to the server where several texts do to us.
    static let oneNull = Array("@NULL@".utf8)

    init(_ text: [UInt8], _ dialect: FileDialect, _ dice: Dice) {
        let quote = dialect.format.quote
        self.text =
            quote == nil
            ? text.filter { !dialect.needsQuotes([UInt8(ascii: "a"), $0, UInt8(ascii: "a")]) } : text
        // A value that cannot be written is another one.
        if quote == nil, dialect.needsQuotes(self.text) || self.text == Array("\\.".utf8) { self.text = [] }
        isQuoted = quote != nil && (dialect.needsQuotes(text) || dice.chance(30))
        (written, plain) = (self.text, self.text)
        if let quote, isQuoted { self.quote(by: quote, dialect, dice) }
        if case .anyOf = dialect.null {
            differences.insert(.severalNulls)
            if dialect.isNull(self.text, isQuoted: isQuoted) { plain = Self.oneNull }
        }
        if dialect.format.blanks == .trimmed, dice.chance(40) { addBlanks(dialect, dice) }
    }

    private mutating func quote(by quote: UInt8, _ dialect: FileDialect, _ dice: Dice) {
        (written, plain) = ([quote], [quote])
        let escape = dialect.format.escape
        for (index, byte) in text.enumerated() {
            if byte == quote {
                let isDoubled = escape == nil || dice.chance(30)
                written.append(isDoubled ? quote : escape ?? quote)
                plain.append(escape ?? quote)
                if isDoubled, escape != nil { differences.insert(.doubledQuotes) }
            } else if byte == escape {
                // Before what it does not escape it stands for itself.
                let next = index + 1 < text.count ? text[index + 1] : quote
                let isAlone = next != quote && next != byte && dice.chance(50)
                if !isAlone {
                    written.append(byte)
                    plain.append(byte)
                }
            }
            written.append(byte)
            plain.append(byte)
        }
        written.append(quote)
        plain.append(quote)
    }

    private mutating func addBlanks(_ dialect: FileDialect, _ dice: Dice) {
        let blanks = Array(" \t".utf8).filter { $0 != dialect.format.delimiter }
        let around = (0..<2).map { _ in (0..<dice.number(0...2)).map { _ in dice.pick(blanks) } }
        written = around[0] + written + around[1]
        if !around.joined().isEmpty { differences.insert(.blanksAround) }
    }

    /// A value, of which a good many are hard to write.
    static func value(_ dialect: FileDialect, _ dice: Dice) -> [UInt8] {
        let special: [String] = [
            "\\.", "\\N", "\\", "\\\\", "\\n", "\"", "\"\"", "'", "a\"b", "\n", "\r", "\r\n", "a\nb",
            "a\r\nb\rc", ",", ";",
            "\t", "|", "a,b;c|d\te", " a", "a ", " ", "NULL", "null", "NA", "-", "\\\"", "!\"", "~", "\u{1}",
            "\u{7F}", "\u{1F}",
            "#", "=1+1", "a\u{FEFF}", "\u{85}", "\u{2028}", "é", "e\u{301}", "日本語", "😀", "\u{10FFFF}",
            "\n\\.\n", "\"\n",
        ]
        // Alone in its line it would be the end of the data for the server.
        if dialect.columns.count == 1, dice.chance(4) { return Array("\\.".utf8) }
        return dice.pick([
            (4, Array("w\(dice.number(0...9999))".utf8)), (2, []),
            (2, Array(dice.pick(dialect.nullTexts).utf8)),
            (6, Array(dice.pick(special).utf8)),
            (2, Array((0..<dice.number(2...4)).map { _ in dice.pick(special) }.joined().utf8)),
        ])
    }
}
