import SQLSyntax

/// Reads the sections of a migration file.
///
/// Not to be copied: the statements of a big file take as much room as the file, and are handed on in the list in which they
/// were found.
struct MigrationFile: ~Copyable {
    private let source: SourceFile
    private let layout: MigrationLayout
    private let markers: [Marker]
    private var script: Script

    /// - Parameter layout: how the file is written, this tool's own way or dbmate's.
    init(_ source: SourceFile, layout: MigrationLayout = .native) throws(MigrationFileError) {
        self.source = source
        self.layout = layout
        let script = try Self.scan(source)
        var markers: [Marker] = []
        for comment in script.comments {
            if let marker = try Marker(comment, in: source) { markers.append(marker) }
        }
        (self.markers, self.script) = (markers, script)
    }

    /// One file with `-- migrate:up` and, if it can be reverted, `-- migrate:down`.
    consuming func sections() throws(MigrationFileError) -> (up: MigrationSection, down: MigrationSection?) {
        try checkOrder()
        let end = markers.count > 1 ? markers[1].range.lowerBound : source.bytes.count
        if let (up, down) = cut() {
            return (
                try section(markers[0], up, end: end),
                try down.map { part throws(MigrationFileError) in
                    try section(markers[1], part, end: source.bytes.count)
                }
            )
        }
        let down = markers.count > 1 ? try section(markers[1], end: source.bytes.count) : nil
        return (try section(markers[0], end: end), down)
    }

    /// The sections out of the one list; nil where they have to be cut anew, because a marker ends a statement.
    private mutating func cut() -> (up: Script, down: Script?)? {
        var down: Script?
        if markers.count > 1 {
            down = script.cut(at: markers[1].range.upperBound)
            // The marker itself is of neither.
            guard down != nil, script.cut(at: markers[1].range.lowerBound) != nil else { return nil }
        }
        return script.cut(at: markers[0].range.upperBound).map { ($0, down) }
    }

    /// All up sections as one and all down sections as one, the last down section first: dbmate allows several
    /// of each, and would record the version once for each of them.
    consuming func joinedSections() throws(MigrationFileError) -> (
        up: MigrationSection, down: MigrationSection?
    ) {
        try checkHidden()
        guard markers.count(where: { $0.direction == .up }) > 1 else { return try sections() }
        var parts: [MigrationSection] = []
        for (index, marker) in markers.enumerated() {
            let end = index + 1 < markers.count ? markers[index + 1].range.lowerBound : source.bytes.count
            parts.append(try section(marker, end: end))
        }
        let downs = parts.filter { $0.direction == .down }
        return (
            joined(parts.filter { $0.direction == .up }, .up),
            downs.isEmpty ? nil : joined(downs.reversed(), .down)
        )
    }

    private func joined(_ parts: [MigrationSection], _ direction: MigrationDirection) -> MigrationSection {
        var options = parts.first?.options ?? MigrationOptions()
        let isBare = parts.contains { $0.options.transactionMode == .perStatement }
        options.transactionMode = isBare ? .perStatement : .perFile
        return MigrationSection(
            direction: direction,
            source: source,
            range: 0..<source.bytes.count,
            options: options,
            statements: parts.flatMap(\.statements),
            layout: .dbmate,
            obstacle: parts.compactMap(\.obstacle).first
        )
    }

    /// dbmate looks for its markers line by line, also in a string or a block comment, and cuts the file there.
    private func checkHidden() throws(MigrationFileError) {
        let known = Set(markers.map(\.line))
        for line in TextLines(source.bytes)
        where source.bytes.startsComment(line.range) && !known.contains(line.number) {
            guard MarkerText(source.text(line.range)).direction != nil else { continue }
            let text =
                "dbmate takes this line for a marker, and here it stands inside a string, a body or a comment: take it out of there"
            throw failure(.foreignMarker(text), line: line.number)
        }
    }

    private func checkOrder() throws(MigrationFileError) {
        guard let first = markers.first else { throw failure(.noMarker, line: nil) }
        if let statement = script.statements.first, statement.range.lowerBound < first.range.lowerBound {
            throw failure(.statementBeforeMarker, line: statement.line)
        }
        var lines: [MigrationDirection: Int] = [:]
        for marker in markers {
            if let line = lines[marker.direction] {
                throw failure(.repeatedSection(marker.direction, firstLine: line), line: marker.line)
            }
            lines[marker.direction] = marker.line
        }
        if first.direction == .down {
            throw failure(markers.count > 1 ? .wrongOrder : .noMarker, line: first.line)
        }
    }

    /// A file that is one section: half of a pair, or a repeatable one. A marker at its top may carry
    /// options.
    consuming func onlySection(_ direction: MigrationDirection) throws(MigrationFileError) -> MigrationSection
    {
        if let wrong = markers.first(where: { $0.direction != direction }) {
            throw failure(.wrongDirection(wrong.direction), line: wrong.line)
        }
        if markers.count > 1 {
            throw failure(.repeatedSection(direction, firstLine: markers[0].line), line: markers[1].line)
        }
        if let marker = markers.first, let statement = script.statements.first,
            statement.range.lowerBound < marker.range.lowerBound
        {
            throw failure(.statementBeforeMarker, line: statement.line)
        }
        return MigrationSection(
            direction: direction,
            source: source,
            range: 0..<source.bytes.count,
            options: markers.first?.options ?? MigrationOptions(),
            statements: script.statements,
            obstacle: try obstacle(direction, script)
        )
    }

    private func section(_ marker: Marker, end: Int) throws(MigrationFileError) -> MigrationSection {
        try section(marker, Self.scan(source, marker.range.upperBound..<end), end: end)
    }

    private func section(
        _ marker: Marker,
        _ part: Script,
        end: Int
    ) throws(MigrationFileError) -> MigrationSection {
        let range = marker.range.lowerBound..<end
        return MigrationSection(
            direction: marker.direction,
            source: source,
            range: range,
            options: marker.options,
            statements: part.statements,
            obstacle: try obstacle(marker.direction, part)
        )
    }

    private static func scan(
        _ source: SourceFile,
        _ range: Range<Int>? = nil
    ) throws(MigrationFileError) -> Script {
        do {
            return try StatementSplitter.scan(source.bytes, in: range)
        } catch {
            throw MigrationFileError(error, file: source.path)
        }
    }

    private func obstacle(
        _ direction: MigrationDirection,
        _ part: Script
    ) throws(MigrationFileError) -> SectionObstacle? {
        try DirectionGuard(source, layout, direction).obstacle(part)
    }

    private func failure(_ reason: MigrationFileError.Reason, line: Int?) -> MigrationFileError {
        MigrationFileError(reason, file: source.path, line: line)
    }
}
