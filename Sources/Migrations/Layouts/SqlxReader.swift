/// Reads sqlx's files: `1_name.sql`, or `1_name.up.sql` with `1_name.down.sql`; no markers but
/// `-- no-transaction` as the first bytes.
struct SqlxReader {
    private let listing: FolderListing

    init(_ listing: FolderListing) {
        self.listing = listing
    }

    func read() throws(MigrationDirectoryError) -> LayoutContents {
        var contents = LayoutContents()
        var downs = downs
        for file in listing.topLevel {
            switch MigrationFileName(file) {
            case .single(let version, let name), .half(let version, let name, .up):
                let downFile = downs.removeValue(forKey: version)
                let up = try section(file, .up)
                let down = if let downFile { try section(downFile, .down) } else { MigrationSection?.none }
                let migration = Migration(identity: .version(version), name: name, up: up, down: down)
                contents.add(migration, of: [file, downFile].compactMap(\.self), in: listing)
            case .half, .repeatable, nil: continue
            }
        }
        if let file = downs.values.min().map(listing.fullPath) {
            throw .noPartner(file: file, expected: String(file.dropLast(".down.sql".count)) + ".up.sql")
        }
        return contents
    }

    /// The files that go down, by version alone.
    private var downs: [MigrationVersion: String] {
        var downs: [MigrationVersion: String] = [:]
        for file in listing.topLevel {
            guard case .half(let version, _, .down) = MigrationFileName(file) else { continue }
            downs[version] = file
        }
        return downs
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
