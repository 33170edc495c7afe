/// A file of NDJSON, some of whose lines may be none.
struct RandomLines {
    /// The keys that the file may have, which are the columns of the table.
    static let columns = ["id", "Größe", "a \"b\""]

    private(set) var bytes: [UInt8] = []
    /// The lines that have to be objects, with their numbers.
    private(set) var lines: [(number: Int, text: [UInt8])] = []
    /// What the server reads otherwise.
    private(set) var differences: Set<LineDifference> = []

    init(_ dice: Dice) {
        if dice.chance(10) { bytes = [0xEF, 0xBB, 0xBF] }
        let count = dice.number(1...12)
        let odd = dice.chance(45) ? dice.number(0...count - 1) : nil
        var number = 1
        for index in 0..<count {
            if dice.chance(10) {
                bytes += dice.pick(["\n", "\r\n", " \t\n"]).utf8
                number += 1
            }
            let line = index == odd ? oddLine(dice) : Self.object(dice)
            lines.append((number, line))
            bytes += line
            let isOpen = index == count - 1 && dice.chance(40)
            if !isOpen { bytes += dice.pick(["\n", "\n", "\r\n"]).utf8 }
            number += 1
        }
    }

    private static func object(_ dice: Dice) -> [UInt8] {
        let keys = dice.shuffled(columns).prefix(dice.number(0...columns.count))
        let members = keys.map { "\(key($0, dice))\(blank(dice)):\(blank(dice))\(value(dice, depth: 0))" }
        let separator = "\(blank(dice)),\(blank(dice))"
        return Array(
            "\(blank(dice)){\(blank(dice))\(members.joined(separator: separator))}\(blank(dice))".utf8
        )
    }

    private static func blank(_ dice: Dice) -> String { dice.pick(["", "", "", " ", "\t", "\r"]) }

    private static func key(_ name: String, _ dice: Dice) -> String {
        var text = name.replacing("\"", with: "\\\"")
        if dice.chance(20) { text = text.replacing("d", with: "\\u0064").replacing("ö", with: "\\u00f6") }
        return "\"\(text)\""
    }

    private static func value(_ dice: Dice, depth: Int) -> String {
        let words = [
            "null", "true", "false", "0", "-0", "1.50", "1e5", "-1.5E+10", "12345678901234567890123",
            "0.1e-7", "\"\"", "{}", "[]",
        ]
        if depth < 3, dice.chance(25) {
            let inner = (0..<dice.number(1...3)).map { _ in value(dice, depth: depth + 1) }
            if dice.chance(50) { return "[\(inner.joined(separator: "\(blank(dice)),"))]" }
            return "{\(inner.map { "\"k\":\($0)" }.joined(separator: ","))}"
        }
        return dice.chance(45) ? dice.pick(words) : "\"\(string(dice))\""
    }

    private static func string(_ dice: Dice) -> String {
        let pieces = [
            "word", "é", "日本", "😀", "\\n", "\\t", "\\r", "\\\"", "\\\\", "\\/", "\\b", "\\f", "\\u00e9",
            "\\uD83D\\uDE00",
            "\\u005c", "\\\\N", "\\\\.", "\u{7F}", "\u{2028}", "'", "{", "]", ",", "NULL", "e\u{301}",
        ]
        return (0..<dice.number(0...5)).map { _ in dice.pick(pieces) }.joined()
    }

    /// A line that is not a good object, or is one where the server is of another opinion.
    private mutating func oddLine(_ dice: Dice) -> [UInt8] {
        if dice.chance(25) {
            let difference = dice.pick(LineDifference.allCases)
            differences.insert(difference)
            return Array(difference.line.utf8)
        }
        if dice.chance(40) { return Self.damaged(Self.object(dice), dice) }
        let lines: [String] = [
            "[]", "1", "null", "\"a\"", "{", "}", "{}{}", "{} x", "{\"id\":}", "{\"id\" 1}", "{\"id\":1,}",
            "{,}", "{id:1}",
            "{'id':1}", "{\"id\":01}", "{\"id\":1.}", "{\"id\":.5}", "{\"id\":+1}", "{\"id\":1e}",
            "{\"id\":NaN}", "{\"id\":tru}",
            "{\"id\":\"a", "{\"id\":\"\t\"}", "{\"id\":\"\\x\"}", "{\"id\":\"\\u12\"}",
            "{\"id\":\"\\ud800\"}",
            "{\"id\":\"\\udc00\"}", "{\"id\":\"\\ud800\\u0041\"}", "{\"id\":\"\\u0000\"}", "{\"id\":[1,]}",
            "{\"id\":[1 2]}",
            "{\"id\":{\"a\"}}", "{\"id\":[\"\\x\"]}", "{\"id\":{\"\\ud800\":1}}", "{\"id\":[\"\\udc00\"]}",
            "{\"id\":[\"\u{1}\"]}",
            "{\"id\":[}", "{\"id\":1\u{A0}}", "{\"id\":-}", "{\"id\":1-}", "{\"id\":1}#", "{\"id\":[nul]}",
            "{\"id\":truex}", "{\"id\":1,\"ID \":2}",
        ]
        return Array(dice.pick(lines).utf8)
    }

    /// With a byte changed, put in or taken away: whatever it is then.
    private static func damaged(_ line: [UInt8], _ dice: Dice) -> [UInt8] {
        var line = line
        let place = dice.number(0...line.count - 1)
        let byte = dice.pick(Array("{}[]\",:\\ut0-.e \u{1}".utf8) + [0xFF, 0xC3, 0x80])
        switch dice.number(0...2) {
        case 0: line[place] = byte
        case 1: line.insert(byte, at: place)
        default: line.remove(at: place)
        }
        return line
    }
}

/// Lines that an import refuses and the server's `json` takes, each with the reason.
enum LineDifference: CaseIterable {
    /// Of two values of one key the server shows the last. Which one was meant, nobody knows.
    case keyTwice
    /// The reader follows 512 levels, the server as many as its stack holds.
    case tooDeep

    var line: String {
        switch self {
        case .keyTwice: "{\"id\":1,\"\\u0069d\":2}"
        case .tooDeep: "{\"id\":\(String(repeating: "[", count: 600))\(String(repeating: "]", count: 600))}"
        }
    }

    /// The case of the error.
    var problem: String { "\(self)" }
}
