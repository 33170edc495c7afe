/// The migrations of a folder, read and in order.
public struct MigrationDirectory: Hashable, Sendable {
    /// The path as it was given.
    public let path: String

    /// Versioned migrations by version, then repeatable ones by name.
    public let migrations: [Migration]

    /// SQL files that are no migrations by their names; worth a word to whoever put them there.
    public let ignored: [String]

    /// How its files are written.
    public let layout: MigrationLayout

    /// Reads a folder. Folders in it are looked into only for the layouts that use them.
    /// - Parameter layout: how the files are written; nil to find out.
    /// - Throws: `MigrationDirectoryError`, for the first thing that is wrong.
    public init(path: String, layout: MigrationLayout? = nil) throws(MigrationDirectoryError) {
        try self.init(FolderScanner.scan(path), layout: layout)
        if migrations.isEmpty { throw .empty(path: path, ignored: ignored) }
    }

    init(_ listing: FolderListing, layout chosen: MigrationLayout?) throws(MigrationDirectoryError) {
        try EncodingGuard.check(listing)
        let layout: MigrationLayout
        if let chosen { layout = chosen } else { layout = try Self.recognized(listing) }
        try FileNameGuard(listing, layout).check()
        let contents = try layout.read(listing, chosen: chosen != nil)
        let ignored = listing.ignored(except: contents.used)
        try self.init(
            path: listing.path,
            migrations: contents.migrations,
            ignored: ignored,
            layout: layout
        )
    }

    private static func recognized(
        _ listing: FolderListing
    ) throws(MigrationDirectoryError) -> MigrationLayout {
        switch LayoutRecognition(listing) {
        case .certain(let layout): return layout
        case .foreign(let project):
            throw .foreignProject(path: listing.path, tool: project.rawValue, advice: project.advice)
        case .ambiguous(let candidates):
            throw .ambiguousLayout(
                path: listing.path,
                candidates: candidates.map(\.layout),
                evidence: candidates.map(\.evidence)
            )
        }
    }

    /// Takes migrations that were read elsewhere.
    /// - Throws: `MigrationDirectoryError.duplicate` when two have one version.
    public init(
        path: String,
        migrations: [Migration],
        ignored: [String] = [],
        layout: MigrationLayout = .native
    ) throws(MigrationDirectoryError) {
        self.path = path
        self.layout = layout
        self.migrations = migrations.sorted(by: Self.comesBefore)
        self.ignored = ignored
        for (one, other) in zip(self.migrations, self.migrations.dropFirst())
        where one.identity == other.identity {
            let files = [one.path, other.path]
            throw .duplicate(version: one.identity.description, files: files)
        }
    }

    private static func comesBefore(_ left: Migration, _ right: Migration) -> Bool {
        switch (left.version, right.version) {
        case (let left?, let right?) where left != right: left < right
        case (.some, nil): true
        case (nil, .some): false
        default: left.path < right.path
        }
    }
}
