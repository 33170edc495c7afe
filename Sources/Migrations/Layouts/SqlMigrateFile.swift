/// One file of sql-migrate. Its markers are read line by line as that tool does it, wherever in the SQL they stand.
struct SqlMigrateFile {
    private enum Command: String {
        case up = "Up"
        case down = "Down"
        case statementBegin = "StatementBegin"
        case statementEnd = "StatementEnd"
    }

    /// What goes one way; a file may change between the ways several times.
    private struct Part {
        let start: Int
        var end: Int
        var pieces: [Range<Int>] = []
        var mode = MigrationOptions.TransactionMode.perFile
    }

    private let source: SourceFile
    private var parts: [MigrationDirection: Part] = [:]

    // While reading.
    private var direction: MigrationDirection?
    private var pieceStart = 0
    private var openStatement: Int?

    init(_ source: SourceFile) throws(MigrationFileError) {
        self.source = source
        for line in TextLines(source.bytes) {
            guard let words = try words(line) else { continue }
            try take(words, line)
        }
        try end(at: source.bytes.count)
    }

    /// - Throws: `MigrationFileError`, also for statements of which the tool would make something else.
    func sections() throws(MigrationFileError) -> (up: MigrationSection, down: MigrationSection?) {
        guard let up = try section(.up) else {
            throw failure("there is no line -- +migrate Up above the first statement", line: nil)
        }
        return (up, try section(.down))
    }

    private func section(_ direction: MigrationDirection) throws(MigrationFileError) -> MigrationSection? {
        guard let part = parts[direction] else { return nil }
        return try SectionBuilder(source: source, layout: .sqlMigrate)
            .section(direction, part.pieces, in: part.start..<part.end, .fixed(part.mode))
    }

    // MARK: reading

    /// The words behind `-- +migrate`; nil for any other line. The tool passes over a line that is written otherwise, and would
    /// run what is below it with what is above, so such a line is refused.
    private func words(_ line: TextLines.Line) throws(MigrationFileError) -> [Substring]? {
        guard source.bytes.mayBeMarker(line.range) else { return nil }
        let text = source.text(line.range)
        let words = text.split { $0 == " " || $0 == "\t" }
        let joined = words.prefix(2).joined().lowercased()
        guard joined.hasPrefix("--+migrate") else { return nil }
        guard text.hasPrefix("-- +migrate "), words.count > 2 else {
            throw failure("\(text): write -- +migrate Up or Down from the first column on", line: line.number)
        }
        return Array(words.dropFirst(2))
    }

    private mutating func take(_ words: [Substring], _ line: TextLines.Line) throws(MigrationFileError) {
        guard let command = Command(rawValue: String(words[0])) else {
            let known = "there are Up, Down, StatementBegin and StatementEnd, with these capitals"
            throw failure("sql-migrate knows no -- +migrate \(words[0]): \(known)", line: line.number)
        }
        switch command {
        case .up: try begin(.up, words.dropFirst(), line)
        case .down: try begin(.down, words.dropFirst(), line)
        case .statementBegin:
            closePiece(at: line.range.lowerBound, next: line.next)
            openStatement = line.number
        case .statementEnd:
            guard openStatement != nil else {
                throw failure("a StatementEnd without a StatementBegin above it", line: line.number)
            }
            closePiece(at: line.range.lowerBound, next: line.next)
            openStatement = nil
        }
    }

    private mutating func begin(
        _ wanted: MigrationDirection,
        _ options: ArraySlice<Substring>,
        _ line: TextLines.Line
    ) throws(MigrationFileError) {
        if let unknown = options.first(where: { $0 != "notransaction" }) {
            throw failure("sql-migrate knows no option \(unknown): there is notransaction", line: line.number)
        }
        try end(at: line.range.lowerBound)
        direction = wanted
        pieceStart = line.next
        var part = parts[wanted] ?? Part(start: line.range.lowerBound, end: line.next)
        if !options.isEmpty { part.mode = .perStatement }
        parts[wanted] = part
    }

    private mutating func end(at offset: Int) throws(MigrationFileError) {
        if let openStatement {
            let text =
                "this StatementBegin is never closed: write -- +migrate StatementEnd behind its statement"
            throw failure(text, line: openStatement)
        }
        closePiece(at: offset, next: offset)
    }

    private mutating func closePiece(at offset: Int, next: Int) {
        if let direction {
            if offset > pieceStart { parts[direction]?.pieces.append(pieceStart..<offset) }
            parts[direction]?.end = next
        }
        pieceStart = next
    }

    private func failure(_ text: String, line: Int?) -> MigrationFileError {
        MigrationFileError(.foreignMarker(text), file: source.path, line: line)
    }
}

extension [UInt8] {
    /// Whether a line begins with two dashes behind white space and has a plus sign: few do, and to cut each line of a big file
    /// into words would cost more than to lex it.
    func mayBeMarker(_ range: Range<Int>) -> Bool {
        guard let start = range.first(where: { self[$0] != 0x20 && self[$0] != 0x09 }) else { return false }
        return startsComment(start..<range.upperBound)
            && self[start..<range.upperBound].contains(UInt8(ascii: "+"))
    }
}
