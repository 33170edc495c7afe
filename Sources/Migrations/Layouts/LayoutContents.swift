/// What was found in a folder.
struct LayoutContents {
    var migrations: [Migration] = []

    /// The files that migrations were made of.
    var used: Set<String> = []
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
        }
    }
}
