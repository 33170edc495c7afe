/// Reads sqlx's files: `1_name.sql`, or `1_name.up.sql` with `1_name.down.sql`; no markers but
/// `-- no-transaction` as the first bytes.
struct SqlxReader {
    private let listing: FolderListing

    init(_ listing: FolderListing) {
        self.listing = listing
    }

    func read() throws(MigrationDirectoryError) -> LayoutContents {
        var contents = LayoutContents()
        var downs: [MigrationVersion: MigrationSection] = [:]
        var ups: [(MigrationVersion, String, MigrationSection)] = []
        for file in listing.topLevel {
            switch MigrationFileName(file) {
            case .single(let version, let name), .half(let version, let name, .up):
                ups.append((version, name, try section(file, .up)))
            case .half(let version, _, .down): downs[version] = try section(file, .down)
            case .repeatable, nil: continue
            }
            contents.used.insert(file)
        }
        for (version, name, up) in ups {
            let down = downs.removeValue(forKey: version)
            contents.migrations.append(
                Migration(identity: .version(version), name: name, up: up, down: down)
            )
        }
        if let file = downs.values.map(\.source.path).min() {
            throw .noPartner(file: file, expected: String(file.dropLast(".down.sql".count)) + ".up.sql")
        }
        return contents
    }

    private func section(
        _ file: String,
        _ direction: MigrationDirection
    ) throws(MigrationDirectoryError) -> MigrationSection {
        let source = try listing.source(file)
        let isFirst = source.bytes.starts(with: "-- no-transaction".utf8) && !source.hasByteOrderMark
        return try MigrationDirectoryError.wrapping { () throws(MigrationFileError) in
            try SectionBuilder(source: source, layout: .sqlx)
                .whole(direction, .fixed(isFirst ? .perStatement : .perFile))
        }
    }
}
