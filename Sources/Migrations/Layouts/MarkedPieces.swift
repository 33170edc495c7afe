/// The pieces of a file whose tool looks for its markers line by line, wherever in the SQL they stand: what goes up, what goes down,
/// and in it what is one statement.
struct MarkedPieces {
    /// What goes one way; a file may change between the ways several times.
    struct Part {
        /// Where its first marker begins.
        let start: Int
        /// Where the last that belongs to it ends.
        fileprivate(set) var end: Int
        /// Each ends its last statement.
        fileprivate(set) var pieces: [Range<Int>] = []
    }

    private let source: SourceFile
    /// How the tool's markers begin: `+goose`.
    private let sign: String
    private(set) var parts: [MigrationDirection: Part] = [:]
    /// Which way what stands below goes; `nil` above the first marker.
    private(set) var direction: MigrationDirection?
    private var pieceStart = 0
    private var openStatement: Int?

    init(_ source: SourceFile, sign: String) {
        (self.source, self.sign) = (source, sign)
    }

    /// From this line on things go a way.
    mutating func begin(_ wanted: MigrationDirection, _ line: TextLines.Line) throws(MigrationFileError) {
        try end(at: line.range.lowerBound)
        direction = wanted
        pieceStart = line.next
        parts[wanted] = parts[wanted] ?? Part(start: line.range.lowerBound, end: line.next)
    }

    /// `StatementBegin`
    mutating func beginStatement(_ line: TextLines.Line) {
        closePiece(at: line.range.lowerBound, next: line.next)
        openStatement = line.number
    }

    /// `StatementEnd`
    mutating func endStatement(_ line: TextLines.Line) throws(MigrationFileError) {
        guard openStatement != nil else {
            throw failure("a StatementEnd without a StatementBegin above it", line: line.number)
        }
        closePiece(at: line.range.lowerBound, next: line.next)
        openStatement = nil
    }

    /// What was begun goes up to here.
    mutating func end(at offset: Int) throws(MigrationFileError) {
        if let openStatement {
            let text =
                "this StatementBegin is never closed: write -- \(sign) StatementEnd behind its statement"
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

    private func failure(_ text: String, line: Int) -> MigrationFileError {
        MigrationFileError(.foreignMarker(text), file: source.path, line: line)
    }
}
