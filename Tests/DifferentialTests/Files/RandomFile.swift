import Bulk

/// A file of CSV, what it stands for, and the same as the server has to have it.
struct RandomFile {
    let dialect: FileDialect
    let oddities: Set<FileOddity>
    /// The file.
    private(set) var bytes: [UInt8] = []
    /// The same without what the server reads otherwise.
    private(set) var plain: [UInt8] = []
    /// Where in it the record with the mistake stands.
    private(set) var mistakenPart = 0..<0
    private(set) var differences: Set<ServerDifference> = []
    private(set) var pythonDifferences: Set<PythonDifference> = []
    /// The rows that it stands for; those before and behind a mistake.
    private(set) var rows: [FileRow] = []
    /// All records as Python sees them.
    private(set) var texts: [[[UInt8]]] = []
    /// Where rows end, and the bytes of their line ends before it.
    private(set) var ends: [(place: Int, length: Int)] = []
    /// The line of the mistake.
    private(set) var mistakeLine: Int?

    private static let ends: [[UInt8]] = [[10], [13, 10], [13]]
    private static let blockSize = 256 * 1024

    init(_ dice: Dice) {
        dialect = FileDialect(dice)
        var oddities = Set(FileOddity.allCases.filter { !$0.isMistake && dice.chance($0.share) })
        if dice.chance(35) { oddities.insert(dice.pick(FileOddity.mistakes.filter(dialect.allows))) }
        if oddities.contains(.nothing) { oddities = [.nothing] }
        self.oddities = oddities
        var writer = FileWriter(dialect, end: dice.pick(Self.ends))
        write(&writer, dice)
        if dialect.format.blanks == .trimmed { pythonDifferences.insert(.blanksAround) }
        if oddities.contains(.quoteInside) { pythonDifferences.insert(.quoteInside) }
        if oddities.contains(.nulByte) { pythonDifferences.insert(.nulByte) }
        if oddities.contains(.unknownColumn) { pythonDifferences.insert(.unknownColumn) }
        (bytes, plain) = (writer.bytes, writer.plain)
        differences.formUnion(writer.differences)
        if let escape = dialect.format.escape, bytes.contains(escape) { pythonDifferences.insert(.escapes) }
    }

    /// The mistake, if there is one.
    var mistake: FileOddity? { oddities.first(where: \.isMistake) }

    private mutating func write(_ writer: inout FileWriter, _ dice: Dice) {
        if oddities.contains(.nothing) {
            guard dialect.format.header == .present else { return }
            differences.insert(.noHeader)
            pythonDifferences.insert(.noHeader)
            return
        }
        writer.mixes = oddities.contains(.mixedLineEnds)
        if oddities.contains(.byteOrderMark) { writer.mark() }
        for _ in 0..<dialect.format.linesBefore { writer.lineBefore(dice) }
        if dialect.format.header == .present { header(&writer, dice) }
        if oddities.contains(.aroundBlock) { fill(&writer, dice) }
        let count = dice.number(2...12)
        // Without a header the first record says how many fields there are.
        let mistakenRecord = dice.number(dialect.format.header == .present ? 0...count - 1 : 1...count - 1)
        let longRecord = dice.number(0...count - 1)
        for index in 0..<count {
            if oddities.contains(.blankLines), dice.chance(40) { blankLine(&writer, dice) }
            var values = dialect.columns.map { _ in RandomField.value(dialect, dice) }
            if index == longRecord, oddities.contains(.longField) { values[0] = longValue(dice) }
            let isMistaken = index == mistakenRecord && mistake?.isAboutRecord == true
            let record = values.map { RandomField($0, dialect, dice) }
            if isMistaken, let mistake {
                self.mistake(mistake, record, &writer, dice)
            } else {
                append(record, &writer, dice)
            }
        }
        if oddities.contains(.openQuote) { openQuote(&writer, dice) }
        if oddities.contains(.lastLineWithoutEnd) || oddities.contains(.openQuote) { writer.dropLastEnd() }
    }

    private mutating func header(_ writer: inout FileWriter, _ dice: Dice) {
        var names = dialect.columns.map { $0 == "id" && dice.chance(30) ? "ID" : $0 }
        if oddities.contains(.unknownColumn) { names[dice.number(0...names.count - 1)] = "no such column" }
        let fields = names.map { RandomField(Array($0.utf8), dialect, dice) }
        writer.record(fields, dice)
        texts.append(fields.map(\.text))
    }

    private mutating func append(_ fields: [RandomField], _ writer: inout FileWriter, _ dice: Dice) {
        writer.record(fields, dice)
        // Without its end a line that is empty is none.
        if !writer.isLastEmpty { ends.append((writer.bytes.count, writer.lastEnd)) }
        texts.append(fields.map(\.text))
        rows.append(FileRow(fields.map { dialect.isNull($0.text, isQuoted: $0.isQuoted) ? nil : $0.text }))
    }

    /// One field without anything in it is an empty line; where records have more there is no such record.
    private mutating func blankLine(_ writer: inout FileWriter, _ dice: Dice) {
        guard dialect.columns.count > 1 else {
            return append([RandomField.empty(dialect)], &writer, dice)
        }
        writer.blankLine(dice)
    }

    /// Records up to shortly before the end of the first block.
    private mutating func fill(_ writer: inout FileWriter, _ dice: Dice) {
        let end = Self.blockSize - dice.number(0...60)
        while writer.bytes.count < end {
            let length = min(20_000, max(1, end - writer.bytes.count - 3 * dialect.columns.count))
            var fields = dialect.columns.map { _ in RandomField.empty(dialect) }
            fields[0] = RandomField(plain: Array(repeating: UInt8(ascii: "w"), count: length))
            append(fields, &writer, dice)
        }
    }

    /// Longer than a block and a chunk.
    private func longValue(_ dice: Dice) -> [UInt8] {
        let piece = RandomField.value(dialect, dice) + Array("w\n".utf8)
        let count = Self.blockSize / piece.count + dice.number(1...100)
        var value: [UInt8] = []
        for _ in 0..<count { value += piece }
        return value
    }
}

// MARK: Mistakes

extension RandomFile {
    private mutating func mistake(
        _ mistake: FileOddity,
        _ record: [RandomField],
        _ writer: inout FileWriter,
        _ dice: Dice
    ) {
        // A record of several lines that cannot be read ends with the line of the mistake.
        var record = record.map {
            $0.text.contains { $0 == 10 || $0 == 13 } ? RandomField(plain: Array("w".utf8)) : $0
        }
        let place = dice.number(0...record.count - 1)
        switch mistake {
        case .tooFew: record.removeLast()
        case .tooMany: record.append(RandomField(plain: Array("w".utf8)))
        case .quoteInside, .textBehindQuote:
            differences.insert(.strayQuotes)
            record[place] = RandomField(plain: dialect.stray(behind: mistake == .textBehindQuote))
        case .nulByte: record[place] = RandomField(plain: [UInt8(ascii: "w"), 0])
        case .invalidUTF8:
            let sequences: [[UInt8]] = [
                [0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xC0, 0x80], [0xF4, 0x90, 0x80, 0x80],
            ]
            record[place] = RandomField(plain: Array("w".utf8) + dice.pick(sequences))
        default: break
        }
        appendMistake(record, &writer, dice)
    }

    private mutating func appendMistake(_ record: [RandomField], _ writer: inout FileWriter, _ dice: Dice) {
        mistakeLine = writer.line
        let start = writer.plain.count
        writer.record(record, dice)
        mistakenPart = start..<writer.plain.count
        texts.append(record.map(\.text))
    }

    private mutating func openQuote(_ writer: inout FileWriter, _ dice: Dice) {
        var record = dialect.columns.map { _ in RandomField.empty(dialect) }
        record[record.count - 1] = RandomField(plain: [dialect.format.quote ?? 0] + Array("w".utf8))
        appendMistake(record, &writer, dice)
    }
}

extension FileOddity {
    /// How many of a hundred files have it.
    fileprivate var share: Int {
        switch self {
        case .mixedLineEnds, .blankLines, .byteOrderMark: 15
        case .lastLineWithoutEnd: 40
        case .nothing: 3
        case .longField: 2
        case .aroundBlock: 3
        default: 0
        }
    }
}

extension FileDialect {
    fileprivate func allows(_ mistake: FileOddity) -> Bool {
        switch mistake {
        case .tooFew: columns.count > 2
        case .quoteInside, .textBehindQuote, .openQuote: format.quote != nil
        case .unknownColumn: format.header == .present
        // In a file of one column that might be the first record, which says how many there are.
        case .tooMany: columns.count > 1 || format.header == .present
        default: true
        }
    }

    /// A field with a quote where none can be.
    fileprivate func stray(behind: Bool) -> [UInt8] {
        let quote = format.quote ?? 0
        let letter = UInt8(ascii: "w")
        return behind ? [quote, letter, quote, letter] : [letter, quote, letter]
    }
}

extension RandomField {
    /// Bytes that stand for themselves, whatever the server makes of them.
    init(plain text: [UInt8]) {
        (self.text, written, plain, isQuoted) = (text, text, text, false)
    }

    /// Nothing at all.
    static func empty(_ dialect: FileDialect) -> RandomField {
        var field = RandomField(plain: [])
        if case .anyOf = dialect.null {
            field.differences.insert(.severalNulls)
            if dialect.isNull([], isQuoted: false) { field.plain = oneNull }
        }
        return field
    }
}
