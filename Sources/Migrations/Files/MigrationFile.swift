import SQLSyntax

/// Reads the sections of a migration file.
struct MigrationFile {
    private let source: SourceFile
    private let markers: [Marker]
    private let statements: [Statement]

    init(_ source: SourceFile) throws(MigrationFileError) {
        self.source = source
        var markers: [Marker] = []
        do {
            let script = try StatementSplitter.scan(source.bytes)
            for comment in script.comments {
                if let marker = try Marker(comment, in: source) { markers.append(marker) }
            }
            statements = script.statements
        } catch let error as LexicalError {
            throw MigrationFileError(error, file: source.path)
        } catch let error as MigrationFileError {
            throw error
        } catch {
            throw MigrationFileError(.syntax("\(error)"), file: source.path, line: nil)
        }
        self.markers = markers
    }

    /// One file with `-- migrate:up` and, if it can be reverted, `-- migrate:down`.
    func sections() throws(MigrationFileError) -> (up: MigrationSection, down: MigrationSection?) {
        try checkOrder()
        let up = try section(
            markers[0],
            end: markers.count > 1 ? markers[1].range.lowerBound : source.bytes.count
        )
        let down = markers.count > 1 ? try section(markers[1], end: source.bytes.count) : nil
        return (up, down)
    }

    /// All up sections as one and all down sections as one, the last down section first: dbmate allows several
    /// of each, and would record the version once for each of them.
    func joinedSections() throws(MigrationFileError) -> (up: MigrationSection, down: MigrationSection?) {
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
            layout: .dbmate
        )
    }

    private func checkOrder() throws(MigrationFileError) {
        guard let first = markers.first else { throw failure(.noMarker, line: nil) }
        if let statement = statements.first, statement.range.lowerBound < first.range.lowerBound {
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
    func onlySection(_ direction: MigrationDirection) throws(MigrationFileError) -> MigrationSection {
        if let wrong = markers.first(where: { $0.direction != direction }) {
            throw failure(.wrongDirection(wrong.direction), line: wrong.line)
        }
        if markers.count > 1 {
            throw failure(.repeatedSection(direction, firstLine: markers[0].line), line: markers[1].line)
        }
        if let marker = markers.first, let statement = statements.first,
            statement.range.lowerBound < marker.range.lowerBound
        {
            throw failure(.statementBeforeMarker, line: statement.line)
        }
        return MigrationSection(
            direction: direction,
            source: source,
            range: 0..<source.bytes.count,
            options: markers.first?.options ?? MigrationOptions(),
            statements: statements
        )
    }

    private func section(_ marker: Marker, end: Int) throws(MigrationFileError) -> MigrationSection {
        let range = marker.range.lowerBound..<end
        let statements: [Statement]
        do {
            statements = try StatementSplitter.split(source.bytes, in: marker.range.upperBound..<end)
        } catch {
            throw MigrationFileError(error, file: source.path)
        }
        return MigrationSection(
            direction: marker.direction,
            source: source,
            range: range,
            options: marker.options,
            statements: statements
        )
    }

    private func failure(_ reason: MigrationFileError.Reason, line: Int?) -> MigrationFileError {
        MigrationFileError(reason, file: source.path, line: line)
    }
}
