/// Reads tern's files: `001_name.sql` with a line between what goes up and what comes down.
///
/// tern passes every file through a template; one that makes use of that cannot be run without it.
struct TernReader {
    private let listing: FolderListing

    init(_ listing: FolderListing) {
        self.listing = listing
    }

    func read() throws(MigrationDirectoryError) -> LayoutContents {
        var contents = LayoutContents()
        for file in listing.topLevel {
            guard case .single(let version, let name) = MigrationFileName(file) else { continue }
            let text = TernFile(try listing.source(file))
            let (up, down) = try MigrationDirectoryError.wrapping { () throws(MigrationFileError) in
                try text.sections()
            }
            let migration = Migration(identity: .version(version), name: name, up: up, down: down)
            contents.add(migration, of: [file], in: listing)
        }
        return contents
    }
}

/// One file of tern.
struct TernFile {
    private static let separator = "---- create above / drop below ----"
    private static let noTransaction = "---- tern: disable-tx ----"

    private let source: SourceFile

    init(_ source: SourceFile) {
        self.source = source
    }

    /// Whether a line is one of tern's own.
    static func isMarker(_ line: String) -> Bool {
        line == separator || line == noTransaction
    }

    func sections() throws(MigrationFileError) -> (up: MigrationSection, down: MigrationSection?) {
        let all = source.bytes.count
        guard let line = lines(Self.separator, in: 0..<all).first else {
            let builder = SectionBuilder(source: source, layout: .tern)
            return (try builder.whole(.up, transaction(in: 0..<all), obstacle: obstacle(in: 0..<all)), nil)
        }
        return (
            try section(.up, 0..<line.range.lowerBound), try section(.down, line.range.lowerBound..<all)
        )
    }

    private func section(
        _ direction: MigrationDirection,
        _ range: Range<Int>
    ) throws(MigrationFileError) -> MigrationSection {
        try SectionBuilder(source: source, layout: .tern)
            .section(direction, [range], in: range, transaction(in: range), obstacle: obstacle(in: range))
    }

    private func transaction(in range: Range<Int>) -> SectionBuilder.Transaction {
        .fixed(lines(Self.noTransaction, in: range).isEmpty ? .perFile : .perStatement)
    }

    private func lines(_ text: String, in range: Range<Int>) -> [TextLines.Line] {
        TextLines(source.bytes).filter { line in
            range.contains(line.range.lowerBound) && source.text(line.range) == text
        }
    }

    private func obstacle(in range: Range<Int>) -> SectionObstacle? {
        let line = TextLines(source.bytes).first { line in
            range.contains(line.range.lowerBound) && source.text(line.range).contains("{{")
        }
        return line.map { line in
            SectionObstacle(
                line: line.number,
                text: "tern would fill in this {{ template }}: write the text that it gives into the file"
            )
        }
    }
}
