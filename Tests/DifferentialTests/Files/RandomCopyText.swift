/// A file in the text format of COPY, right or wrong by its rules.
struct RandomCopyText {
    static let columns = ["id", "Größe", "q\"x"]

    private(set) var bytes: [UInt8] = []
    /// The same without what the server reads otherwise.
    private(set) var plain: [UInt8] = []
    private(set) var differences: Set<CopyTextDifference> = []
    let delimiter: UInt8
    /// What stands for NULL.
    let null: String
    let columnCount: Int
    let hasHeader: Bool
    private let end: [UInt8]

    init(_ dice: Dice) {
        let delimiter = dice.pick(Array("\t\t\t|;,Z\u{1F} ".utf8))
        self.delimiter = delimiter
        null = dice.pick(["\\N", "\\N", "", "NULL", "\\x41", "-"])
        columnCount = dice.number(1...Self.columns.count)
        hasHeader = dice.chance(20)
        end = dice.pick([[10], [10], [13, 10], [13]])
        if dice.chance(8) { differ(.byteOrderMark, [0xEF, 0xBB, 0xBF]) }
        if hasHeader { line(Self.columns.prefix(columnCount).map { Array($0.utf8) }) }
        if dice.chance(6) { fillBlock(dice) }
        let count = dice.number(1...10)
        let odd = dice.chance(45) ? dice.number(0...count - 1) : nil
        for index in 0..<count {
            if columnCount > 1, odd == nil, dice.chance(5) { differ(.blankLines, end) }
            line((0..<columnCount).map { _ in field(dice) })
            if index == odd { spoil(dice) }
        }
        finish(dice)
    }

    private mutating func append(_ piece: [UInt8]) {
        bytes += piece
        plain += piece
    }

    /// - Parameter piece: what the server does not get.
    private mutating func differ(_ difference: CopyTextDifference, _ piece: [UInt8]) {
        differences.insert(difference)
        bytes += piece
    }

    private mutating func line(_ fields: [[UInt8]]) {
        append(Array(fields.joined(separator: [delimiter])) + end)
    }

    /// Records up to shortly before the end of the first block, or of the one behind it.
    private mutating func fillBlock(_ dice: Dice) {
        let target = dice.number(1...2) * 256 * 1024 - dice.number(0...40)
        while bytes.count < target {
            let length = min(9_000, max(1, target - bytes.count - 2 * columnCount))
            let wide = Array(repeating: UInt8(ascii: "w"), count: length)
            line([wide] + Array(repeating: [], count: columnCount - 1))
        }
    }

    private func field(_ dice: Dice) -> [UInt8] {
        if dice.chance(15) { return Array(null.utf8) }
        if dice.chance(5) { return Array("\\N".utf8) }
        return (0..<dice.number(0...6)).flatMap { _ in piece(dice) }
    }

    private func piece(_ dice: Dice) -> [UInt8] {
        let pieces = [
            "word", "é", "日本", "😀", "a longer text of some words", "\u{1}", "\u{7F}", "\"", "'", ".", "N",
            "\\b", "\\f", "\\n", "\\r", "\\t", "\\v", "\\\\", "\\N", "\\q", "\\é", "\\\"", "\\8", "\\101",
            "\\1018", "\\60", "\\7", "\\501", "\\303\\251", "\\x41", "\\x4", "\\xg", "\\xc3\\xA9", "\\X41",
            "\\x414", "\\c3", "\\\\x41", "\\\\.", "\\\\\\n", "\\1\\1", "\\00101",
        ]
        switch dice.number(0...11) {
        case 0: return [UInt8(ascii: "\\"), delimiter]
        case 1: return [UInt8(ascii: "\\")] + lineEndInside
        case 2 where delimiter != UInt8(ascii: "\t"): return [UInt8(ascii: "\t")]
        default: return Array(dice.pick(pieces).utf8).filter { $0 != delimiter }
        }
    }

    /// A backslash takes one byte along: CR LF would need two.
    private var lineEndInside: [UInt8] { end == [13, 10] ? [13, UInt8(ascii: "\\"), 10] : end }

    /// Puts in, changes or takes away something.
    private mutating func spoil(_ dice: Dice) {
        let kinds: [[UInt8]] = [
            [0], [0xFF], [0xC3], [10], [13], [13, 10], [delimiter], Array("\\000".utf8), Array("\\xff".utf8),
            Array("\\x80".utf8), Array("\\0".utf8), Array("\\303".utf8), Array("\\".utf8), [0x5C, 0],
            [0x5C, 13],
            [0x5C, 10],
        ]
        let kind = dice.pick(kinds)
        let (low, high) = (max(0, bytes.count - 12), bytes.count)
        let place = dice.number(low...high)
        let behind = bytes.count - place
        guard behind <= plain.count else { return append(kind) }
        if dice.chance(15), place < bytes.count {
            bytes.remove(at: place)
            plain.remove(at: plain.count - behind)
        } else {
            bytes.insert(contentsOf: kind, at: place)
            plain.insert(contentsOf: kind, at: plain.count - behind)
        }
    }

    private mutating func finish(_ dice: Dice) {
        // A backslash that was put in last would take a part of the mark along.
        if endsWithBackslash { append([UInt8(ascii: "x")] + end) }
        switch dice.number(0...9) {
        case 0...2:
            if bytes.suffix(end.count).elementsEqual(end), plain.suffix(end.count).elementsEqual(end) {
                bytes.removeLast(end.count)
                plain.removeLast(end.count)
            }
        case 3: append(Array("\\.".utf8) + end)
        case 4:
            append(Array("\\.".utf8) + end)
            differ(.dataBehindEnd, Array("behind".utf8) + end)
        case 5: differ(.endMarkWithoutEnd, Array("\\.".utf8))
        case 6: differ(.loneBackslash, Array("x\\".utf8))
        case 7: differ(.endMarkInside, Array("x\\.".utf8) + end)
        default: break
        }
        // What was spoiled may end so by itself.
        if endsWithBackslash { differences.insert(.loneBackslash) }
    }

    private var endsWithBackslash: Bool {
        bytes.reversed().prefix { $0 == UInt8(ascii: "\\") }.count % 2 == 1
    }

    /// Whether what was put in may have made an empty line, which the server gets as well.
    var mayHaveBlankLine: Bool {
        columnCount > 1 && (plain.starts(with: end) || plain.firstRange(of: end + end) != nil)
    }
}

/// Where an import reads the text format otherwise than the server on purpose.
enum CopyTextDifference: String, CaseIterable {
    /// An empty line is no record where records have several fields. For the server it is one with too few.
    case blankLines
    /// The mark is no part of the first field. Before version 17 COPY takes it for data.
    case byteOrderMark
    /// `\.` ends the data also where the file ends behind it.
    case endMarkWithoutEnd
    /// What stands behind `\.` is refused. The server reads no further and says nothing.
    case dataBehindEnd
    /// `\.` behind something else in its line is refused. Before version 18 the server ends the data there and takes what stands before it for a row.
    case endMarkInside
    /// A backslash that is the last byte of the file is refused: its end is missing. The server leaves it out.
    case loneBackslash

    /// The error where the import is stricter.
    var problem: String? {
        switch self {
        case .blankLines, .byteOrderMark, .endMarkWithoutEnd: nil
        case .dataBehindEnd, .endMarkInside, .loneBackslash: rawValue
        }
    }
}
