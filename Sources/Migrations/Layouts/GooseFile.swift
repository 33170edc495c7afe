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

    private let source: SourceFile
    private var marked: MarkedPieces
    private var mode = MigrationOptions.TransactionMode.perFile
    private var obstacles: [MigrationDirection: SectionObstacle] = [:]

    init(_ source: SourceFile) throws(MigrationFileError) {
        self.source = source
        marked = MarkedPieces(source, sign: "+goose")
        for line in TextLines(source.bytes) {
            guard let marker = try marker(line) else { continue }
            try take(marker, line)
        }
        try marked.end(at: source.bytes.count)
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
        guard let part = marked.parts[direction] else { return nil }
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
        case .statementBegin: marked.beginStatement(line)
        case .statementEnd: try marked.endStatement(line)
        case .noTransaction: mode = .perStatement
        case .substitutionOn: noteSubstitution(line)
        case .substitutionOff: break
        }
    }

    private mutating func begin(
        _ wanted: MigrationDirection,
        _ line: TextLines.Line
    ) throws(MigrationFileError) {
        let isInOrder =
            marked.parts[wanted] == nil
            && (wanted == .up ? marked.direction == nil : marked.direction == .up)
        guard isInOrder else {
            let text = "goose takes one -- +goose Up and behind it at most one -- +goose Down"
            throw failure(.foreignMarker(text), line: line.number)
        }
        try marked.begin(wanted, line)
    }

    private mutating func noteSubstitution(_ line: TextLines.Line) {
        let obstacle = SectionObstacle(
            line: line.number,
            text: "goose would fill in variables of the environment: write their values into the file"
        )
        obstacles[marked.direction ?? .up] = obstacle
    }

    private func failure(_ reason: MigrationFileError.Reason, line: Int?) -> MigrationFileError {
        MigrationFileError(reason, file: source.path, line: line)
    }
}
