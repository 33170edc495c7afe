/// One file of goose. Markers are read line by line as goose does it, wherever in the SQL they stand.
struct GooseFile {
    private enum Marker: String {
        case up = "UP"
        case down = "DOWN"
        case statementBegin = "STATEMENTBEGIN"
        case statementEnd = "STATEMENTEND"
        case noTransaction = "NO TRANSACTION"
        case substitutionOn = "ENVSUB ON"
        case substitutionOff = "ENVSUB OFF"
    }

    /// A part of the file between two lines that end statements.
    private struct Section {
        let start: Int
        var pieces: [Range<Int>] = []
    }

    private let source: SourceFile
    private var found: [MigrationDirection: Section] = [:]
    private var mode = MigrationOptions.TransactionMode.perFile
    private var obstacles: [MigrationDirection: SectionObstacle] = [:]

    // While reading.
    private var direction: MigrationDirection?
    private var pieceStart = 0
    private var openStatement: Int?

    init(_ source: SourceFile) throws(MigrationFileError) {
        self.source = source
        for line in TextLines(source.bytes) {
            guard let marker = try marker(line) else { continue }
            try take(marker, line)
        }
        try end(at: source.bytes.count)
    }

    func sections() throws(MigrationFileError) -> (up: MigrationSection, down: MigrationSection?) {
        guard let up = try section(.up) else {
            throw failure(
                .foreignMarker("there is no line -- +goose Up above the first statement"),
                line: nil
            )
        }
        return (up, try section(.down))
    }

    private func section(_ direction: MigrationDirection) throws(MigrationFileError) -> MigrationSection? {
        guard let part = found[direction] else { return nil }
        return try SectionBuilder(source: source, layout: .goose)
            .section(
                direction,
                part.pieces,
                in: part.start..<(part.pieces.last?.upperBound ?? part.start),
                .fixed(mode),
                obstacle: obstacles[direction]
            )
    }

    // MARK: reading

    /// `-- +goose Up`, in any case; nil for any other line.
    private func marker(_ line: TextLines.Line) throws(MigrationFileError) -> Marker? {
        let words = source.text(line.range).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard words.hasPrefix("--") else { return nil }
        let rest = words.dropFirst(2).drop(while: \.isWhitespace).uppercased()
        guard rest.hasPrefix("+GOOSE") else { return nil }
        guard source.bytes.startsComment(line.range) else {
            let text = "a line -- +goose has to begin at the first column"
            throw failure(.foreignMarker(text), line: line.number)
        }
        let name = String(rest.dropFirst("+GOOSE ".count))
        guard let marker = Marker(rawValue: name) else {
            let known = "there are Up, Down, StatementBegin, StatementEnd, NO TRANSACTION, ENVSUB ON and OFF"
            let text = "goose knows no -- +goose \(name): \(known)"
            throw failure(.foreignMarker(text), line: line.number)
        }
        return marker
    }

    private mutating func take(_ marker: Marker, _ line: TextLines.Line) throws(MigrationFileError) {
        switch marker {
        case .up: try begin(.up, line)
        case .down: try begin(.down, line)
        case .statementBegin:
            closePiece(at: line.range.lowerBound, next: line.next)
            openStatement = line.number
        case .statementEnd:
            guard openStatement != nil else {
                let text = "a StatementEnd without a StatementBegin above it"
                throw failure(.foreignMarker(text), line: line.number)
            }
            closePiece(at: line.range.lowerBound, next: line.next)
            openStatement = nil
        case .noTransaction: mode = .perStatement
        case .substitutionOn: noteSubstitution(line)
        case .substitutionOff: break
        }
    }

    private mutating func begin(
        _ wanted: MigrationDirection,
        _ line: TextLines.Line
    ) throws(MigrationFileError) {
        let isInOrder = found[wanted] == nil && (wanted == .up ? direction == nil : direction == .up)
        guard isInOrder else {
            let text = "goose takes one -- +goose Up and behind it at most one -- +goose Down"
            throw failure(.foreignMarker(text), line: line.number)
        }
        try end(at: line.range.lowerBound)
        found[wanted] = Section(start: line.range.lowerBound)
        direction = wanted
        pieceStart = line.next
    }

    private mutating func end(at offset: Int) throws(MigrationFileError) {
        if let openStatement {
            let text =
                "this StatementBegin is never closed: write -- +goose StatementEnd behind its statement"
            throw failure(.foreignMarker(text), line: openStatement)
        }
        closePiece(at: offset, next: offset)
    }

    private mutating func closePiece(at offset: Int, next: Int) {
        if let direction, offset > pieceStart { found[direction]?.pieces.append(pieceStart..<offset) }
        pieceStart = next
    }

    private mutating func noteSubstitution(_ line: TextLines.Line) {
        let obstacle = SectionObstacle(
            line: line.number,
            text: "goose would fill in variables of the environment: write their values into the file"
        )
        obstacles[direction ?? .up] = obstacle
    }

    private func failure(_ reason: MigrationFileError.Reason, line: Int?) -> MigrationFileError {
        MigrationFileError(reason, file: source.path, line: line)
    }
}
