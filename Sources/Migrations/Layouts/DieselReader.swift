/// The folder of one migration of diesel: `2026-11-21-093000_name`.
struct DieselFolder: Hashable {
    /// The folder's name.
    let path: String
    let version: MigrationVersion
    let name: String

    /// The folder that an `up.sql` lies in; nil for any other file.
    init?(ofFile file: String) {
        let parts = file.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1] == "up.sql" else { return nil }
        let words = parts[0].split(separator: "_", maxSplits: 1)
        // The dashes of the date are no part of the version.
        guard let first = words.first,
            let version = MigrationVersion(String(first.filter { $0 != "-" }), order: .texts),
            !version.text.contains(".")
        else { return nil }
        path = String(parts[0])
        self.version = version
        name = words.count > 1 ? String(words[1]) : ""
    }
}

/// Reads diesel's folders, each with an `up.sql` and perhaps a `down.sql` and a `metadata.toml`.
struct DieselReader {
    private let listing: FolderListing

    init(_ listing: FolderListing) {
        self.listing = listing
    }

    func read() throws(MigrationDirectoryError) -> LayoutContents {
        var contents = LayoutContents()
        for folder in listing.paths.compactMap(DieselFolder.init(ofFile:)) {
            let (up, down) = (folder.path + "/up.sql", folder.path + "/down.sql")
            let hasDown = listing.files[down] != nil
            let migration = Migration(
                identity: .version(folder.version),
                name: folder.name,
                up: try section(up, .up, of: folder),
                down: hasDown ? try section(down, .down, of: folder) : nil
            )
            contents.add(migration, of: [up, down, folder.path + "/metadata.toml"], in: listing)
        }
        return contents
    }

    private func section(
        _ file: String,
        _ direction: MigrationDirection,
        of folder: DieselFolder
    ) throws(MigrationDirectoryError) -> MigrationSection {
        let source = try listing.source(file)
        let transaction = transaction(of: folder)
        return try MigrationDirectoryError.wrapping { () throws(MigrationFileError) in
            try SectionBuilder(source: source, layout: .diesel).whole(direction, transaction)
        }
    }

    /// No `metadata.toml` means a transaction. One that does not speak of it means none to diesel, by a default that
    /// hardly anybody has meant: here the statements decide, so that a file which has to do without does.
    private func transaction(of folder: DieselFolder) -> SectionBuilder.Transaction {
        let file = folder.path + "/metadata.toml"
        guard listing.files[file] != nil else { return .fixed(.perFile) }
        switch KeyValueLines(listing.beginning(file).withoutByteOrderMark)["run_in_transaction"] {
        case "true": return .fixed(.perFile)
        case nil: return .byStatements
        default: return .fixed(.perStatement)
        }
    }
}
