import SQLSyntax

/// Reads golang-migrate's pairs: `1_name.up.sql` and `1_name.down.sql`, put together by version alone.
///
/// The tool sends a file as one message, which is one transaction unless the file has its own `BEGIN` or holds
/// what cannot run in one.
struct PairReader {
    /// What to make of a down file without an up file.
    enum LonelyDowns {
        /// A mistake.
        case refused
        /// A migration that does nothing on its way up.
        case allowed
    }

    private struct Pair {
        var up: (file: String, name: String)?
        var down: (file: String, name: String)?
    }

    private let listing: FolderListing
    private let lonelyDowns: LonelyDowns

    init(_ listing: FolderListing, lonelyDowns: LonelyDowns) {
        self.listing = listing
        self.lonelyDowns = lonelyDowns
    }

    func read() throws(MigrationDirectoryError) -> LayoutContents {
        var contents = LayoutContents()
        for (version, pair) in try pairs() {
            let files = [pair.up?.file, pair.down?.file].compactMap(\.self)
            contents.add(try migration(version, pair), of: files, in: listing)
        }
        return contents
    }

    private func pairs() throws(MigrationDirectoryError) -> [MigrationVersion: Pair] {
        var pairs: [MigrationVersion: Pair] = [:]
        for file in listing.topLevel {
            guard case .half(let version, let name, let direction) = MigrationFileName(file) else { continue }
            var pair = pairs[version] ?? Pair()
            if let other = direction == .up ? pair.up : pair.down {
                let files = [listing.fullPath(other.file), listing.fullPath(file)]
                throw .duplicate(version: version.text, files: files)
            }
            if direction == .up { pair.up = (file, name) } else { pair.down = (file, name) }
            pairs[version] = pair
        }
        return pairs
    }

    private func migration(
        _ version: MigrationVersion,
        _ pair: Pair
    ) throws(MigrationDirectoryError) -> Migration {
        var down: MigrationSection?
        if let half = pair.down { down = try section(half.file, .down) }
        guard let half = pair.up else { return try lonely(version, pair.down, down) }
        let up = try section(half.file, .up)
        return Migration(identity: .version(version), name: half.name, up: up, down: down)
    }

    private func lonely(
        _ version: MigrationVersion,
        _ half: (file: String, name: String)?,
        _ down: MigrationSection?
    ) throws(MigrationDirectoryError) -> Migration {
        let file = listing.fullPath(half?.file ?? "")
        let expected = String(file.dropLast(".down.sql".count)) + ".up.sql"
        guard lonelyDowns == .allowed else { throw .noPartner(file: file, expected: expected) }
        let nothing = MigrationSection(
            direction: .up,
            source: SourceFile(path: expected, text: ""),
            range: 0..<0,
            options: MigrationOptions(),
            statements: [],
            layout: .golangMigrate
        )
        return Migration(identity: .version(version), name: half?.name ?? "", up: nothing, down: down)
    }

    private func section(
        _ file: String,
        _ direction: MigrationDirection
    ) throws(MigrationDirectoryError) -> MigrationSection {
        let builder = SectionBuilder(source: try listing.source(file), layout: .golangMigrate)
        return try MigrationDirectoryError.wrapping { () throws(MigrationFileError) in
            try builder.whole(direction, .byStatements)
        }
    }
}
