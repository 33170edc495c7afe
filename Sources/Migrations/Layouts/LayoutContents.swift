/// What was found in a folder.
struct LayoutContents {
    private(set) var migrations: [Migration] = []

    /// The files that migrations were made of.
    var used: Set<String> = []

    /// Adds a migration. One whose files are too big to be kept is read again when its texts are asked for.
    /// - Parameter files: all that it was made of.
    mutating func add(_ migration: Migration, of files: [String], in listing: FolderListing) {
        used.formUnion(files)
        guard files.contains(where: listing.isLeftOnDisk) else {
            migrations.append(migration)
            return
        }
        let (layout, part) = (migration.layout, listing.only(Set(files)))
        migrations.append(migration.leftOnDisk { try layout.read(part, chosen: true).migrations.first })
    }
}

extension MigrationLayout {
    /// Reads the migrations of a folder in this layout.
    /// - Parameter chosen: whether a person has named the layout.
    /// - Throws: `MigrationDirectoryError` for the first thing that is wrong.
    func read(_ listing: FolderListing, chosen: Bool) throws(MigrationDirectoryError) -> LayoutContents {
        switch self {
        case .native, .dbmate: try NativeReader(listing, layout: self).read()
        case .golangMigrate: try PairReader(listing, lonelyDowns: chosen ? .allowed : .refused).read()
        case .goose: try GooseReader(listing).read()
        case .flyway: try FlywayReader(listing).read()
        case .diesel: try DieselReader(listing).read()
        case .sqlx: try SqlxReader(listing).read()
        case .tern: try TernReader(listing).read()
        case .sqlMigrate: try SqlMigrateReader(listing).read()
        }
    }
}
