import Bulk

/// How a file of a trial is written, and for how many columns.
struct FileDialect {
    var format = CSVFormat()
    let null: NullRule
    /// The columns of the table that the file has, in its order.
    let columns: [String]

    /// The columns of the tables, the first of which are there: names that need quotes, or do not come as ASCII.
    static let names = ["id", "Größe", "a,b", "q\"x", "with space"]

    init(_ dice: Dice) {
        format.delimiter = dice.pick(Array(",,,;;\t\t|: \u{1F}x".utf8))
        format.quote = dice.pick([(8, "\""), (2, "'"), (1, "~"), (2, nil)].map { ($0.0, $0.1?.utf8.first) })
        if format.quote != nil, dice.chance(25) { format.escape = dice.pick(Array("\\\\!".utf8)) }
        if format.delimiter != UInt8(ascii: " "), dice.chance(15) { format.blanks = .trimmed }
        if dice.chance(10) { format.linesBefore = dice.number(1...3) }
        null = dice.pick([
            (5, .emptyBareField), (2, .emptyField), (2, .token("NULL")), (1, .token("\\N")),
            (1, .anyOf(["NA", "-"])), (1, .anyOf(["", "NA"])),
        ])
        let names = Self.names.prefix(dice.number(1...Self.names.count))
        columns = dice.chance(30) ? dice.shuffled(Array(names)) : Array(names)
        // Without quotes a name with a delimiter inside cannot be written.
        let isWritable = columns.allSatisfy { !needsQuotes(Array($0.utf8)) } || format.quote != nil
        if !isWritable || dice.chance(30) { format.header = .absent }
    }

    /// Whether a text stands for another one without quotes.
    func needsQuotes(_ text: [UInt8]) -> Bool {
        if text.contains(where: { [format.delimiter, format.quote, 10, 13].contains($0) }) { return true }
        let blanks = Array(" \t".utf8)
        return format.blanks == .trimmed
            && (blanks.contains(text.first ?? 0) || blanks.contains(text.last ?? 0))
    }

    /// Whether a field is NULL: the rule of the option `--null`, said once more.
    func isNull(_ text: [UInt8], isQuoted: Bool) -> Bool {
        let tokens: [String]
        switch null {
        case .emptyBareField: tokens = [""]
        case .emptyField: return text.isEmpty
        case .token(let token): tokens = [token]
        case .anyOf(let several):
            if text.isEmpty { return several.contains("") }
            tokens = several
        }
        return !isQuoted && tokens.contains { Array($0.utf8) == text }
    }

    /// The texts that mean NULL without quotes.
    var nullTexts: [String] {
        switch null {
        case .emptyBareField, .emptyField: [""]
        case .token(let token): [token]
        case .anyOf(let tokens): tokens
        }
    }
}

extension FileDialect: CustomStringConvertible {
    var description: String {
        let characters = [format.delimiter, format.quote, format.escape].map { byte in
            byte.map { String(UnicodeScalar($0)).debugDescription } ?? "none"
        }
        return
            "delimiter, quote, escape \(characters.joined(separator: " ")); NULL \(null); blanks \(format.blanks); "
            + "header \(format.header); \(format.linesBefore) lines before; columns \(columns)"
    }
}
