/// Reads sql-migrate's files: `1_name.sql` with `-- +migrate Up` and `-- +migrate Down`.
struct SqlMigrateReader {
    private let listing: FolderListing

    init(_ listing: FolderListing) {
        self.listing = listing
    }

    func read() throws(MigrationDirectoryError) -> LayoutContents {
        var contents = LayoutContents()
        for file in listing.topLevel where file.hasSuffix(".sql") {
            guard let (version, name) = Self.parts(file) else {
                try checkUnnumbered(file)
                continue
            }
            let source = try listing.source(file)
            let (up, down) = try MigrationDirectoryError.wrapping { () throws(MigrationFileError) in
                try SqlMigrateFile(source).sections()
            }
            let migration = Migration(identity: .version(version), name: name, up: up, down: down)
            contents.add(migration, of: [file], in: listing)
        }
        return contents
    }

    /// The digits in front and what is behind them.
    private static func parts(_ file: String) -> (MigrationVersion, String)? {
        switch MigrationFileName(file) {
        case .single(let version, let name): (version, name)
        case .half, .repeatable, nil: nil
        }
    }

    /// sql-migrate runs files without a number behind all others, in the order of their names. To leave one out without a word
    /// would leave a table out.
    private func checkUnnumbered(_ file: String) throws(MigrationDirectoryError) {
        guard LayoutSigns(listing.beginning(file)).contains(.sqlMigrate) else { return }
        let reason =
            "sql-migrate runs it behind the files that have a number, and here every migration needs one: put a number in front"
        throw .misleadingName(file: listing.fullPath(file), reason: reason)
    }
}
