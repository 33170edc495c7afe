import Bulk

/// Puts records together, for us and for the server.
struct FileWriter {
    private let dialect: FileDialect
    private let end: [UInt8]
    private(set) var bytes: [UInt8] = []
    private(set) var plain: [UInt8] = []
    private(set) var differences: Set<ServerDifference> = []
    /// Whether lines end differently.
    var mixes = false
    /// The bytes that end the last line.
    private(set) var lastEnd = 0
    private(set) var isLastEmpty = true

    init(_ dialect: FileDialect, end: [UInt8]) {
        (self.dialect, self.end) = (dialect, end)
    }

    /// The line that comes next, counted the plain way.
    var line: Int {
        1
            + bytes.indices.count { index in
                let isPair = index + 1 < bytes.count && bytes[index + 1] == 10
                return bytes[index] == 10 || bytes[index] == 13 && !isPair
            }
    }

    mutating func mark() {
        bytes += [0xEF, 0xBB, 0xBF]
        differences.insert(.byteOrderMark)
    }

    mutating func lineBefore(_ dice: Dice) {
        bytes += dice.pick(["", "a title", "one \" quote", "a,b;c", "日本"]).utf8
        endLine(dice, isPlain: false)
        differences.insert(.linesBefore)
    }

    mutating func blankLine(_ dice: Dice) {
        if dialect.format.blanks == .trimmed, dialect.format.delimiter != 32, dice.chance(50) {
            bytes.append(32)
        }
        endLine(dice, isPlain: false)
        differences.insert(.blankLines)
    }

    mutating func record(_ fields: [RandomField], _ dice: Dice) {
        for field in fields { differences.formUnion(field.differences) }
        let record = joined(fields.map(\.written))
        var mended = joined(fields.map(\.plain))
        // In quotes it is a value to the server, too.
        if mended == Array("\\.".utf8), let quote = dialect.format.quote {
            mended = [quote] + mended + [quote]
            if dialect.format.escape == UInt8(ascii: "\\") { mended.insert(UInt8(ascii: "\\"), at: 1) }
            differences.insert(.endOfDataMark)
        }
        bytes += record
        plain += mended
        isLastEmpty = record.isEmpty || mended.isEmpty
        endLine(dice, isPlain: true)
    }

    private func joined(_ fields: [[UInt8]]) -> [UInt8] {
        var record = fields[0]
        for field in fields.dropFirst() {
            record.append(dialect.format.delimiter)
            record += field
        }
        return record
    }

    /// Leaves out the end of the last line, unless the line would be gone with it.
    mutating func dropLastEnd() {
        guard !isLastEmpty else { return }
        bytes.removeLast(lastEnd)
        plain.removeLast(min(end.count, plain.count))
    }

    private mutating func endLine(_ dice: Dice, isPlain: Bool) {
        let choices: [[UInt8]] = [[10], [13, 10], [13]]
        var taken = mixes ? dice.pick(choices) : end
        // Behind a CR the end of an empty line would be a part of the one before.
        if taken == [10], bytes.last == 13 { taken = [13] }
        if taken != end { differences.insert(.mixedLineEnds) }
        bytes += taken
        lastEnd = taken.count
        if isPlain { plain += end }
    }
}

/// A row of the table, in the order of the file's columns. Bytes and no `String`: two of those are equal when they look the same.
struct FileRow: Equatable {
    let values: [[UInt8]?]

    init(_ values: [[UInt8]?]) {
        self.values = values
    }
}

extension FileRow: CustomStringConvertible {
    var description: String {
        values.map { $0.map { String(decoding: $0.prefix(60), as: UTF8.self).debugDescription } ?? "NULL" }
            .joined(separator: ", ")
    }
}
