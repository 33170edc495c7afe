/// Reads Flyway's files, in the folder and in all folders below it.
struct FlywayReader {
    private let listing: FolderListing

    init(_ listing: FolderListing) {
        self.listing = listing
    }

    func read() throws(MigrationDirectoryError) -> LayoutContents {
        var contents = LayoutContents()
        let undos = try undos()
        for path in listing.paths {
            guard let name = FlywayFileName(path) else { continue }
            let file = FlywayFile(path, in: listing)
            guard try file.isWanted() else { continue }
            switch name {
            case .versioned(let version, let name):
                let up = try file.section(.up)
                let undo = undos[version]
                let migration = Migration(
                    identity: .version(version),
                    name: name,
                    up: up,
                    down: undo?.section
                )
                contents.add(migration, of: [path, path + ".conf"] + (undo?.files ?? []), in: listing)
            case .repeatable(let name):
                let up = try file.section(.up)
                let migration = Migration(identity: .repeatable(name), name: name, up: up, down: nil)
                contents.add(migration, of: [path, path + ".conf"], in: listing)
            case .undo: continue
            }
        }
        contents.used.formUnion(undos.values.flatMap(\.files))
        return contents
    }

    /// What reverts a version, and the files that say it.
    private struct Undo {
        let section: MigrationSection
        let files: [String]
    }

    private func undos() throws(MigrationDirectoryError) -> [MigrationVersion: Undo] {
        var undos: [MigrationVersion: Undo] = [:]
        for path in listing.paths {
            guard case .undo(let version, _) = FlywayFileName(path) else { continue }
            let section = try FlywayFile(path, in: listing).section(.down)
            let undo = Undo(section: section, files: [path, path + ".conf"])
            if let other = undos.updateValue(undo, forKey: version) {
                let files = [other.section.source.path, section.source.path]
                throw .duplicate(version: version.text, files: files)
            }
        }
        return undos
    }
}

/// One of Flyway's files with the settings beside it.
private struct FlywayFile {
    private let path: String
    private let listing: FolderListing
    private let settings: KeyValueLines

    init(_ path: String, in listing: FolderListing) {
        self.path = path
        self.listing = listing
        settings = KeyValueLines(listing.beginning(path + ".conf").withoutByteOrderMark)
    }

    /// `shouldExecute=false` takes a file out; an expression has to be settled by a person.
    func isWanted() throws(MigrationDirectoryError) -> Bool {
        switch settings["shouldExecute"]?.lowercased() {
        case nil, "true": return true
        case "false": return false
        default:
            let reason = "shouldExecute is an expression: write true or false"
            throw .unreadable(path: listing.fullPath(path + ".conf"), reason: reason)
        }
    }

    func section(_ direction: MigrationDirection) throws(MigrationDirectoryError) -> MigrationSection {
        let source = try listing.source(path)
        if path.hasSuffix(".java") {
            return SectionBuilder(source: source, layout: .flyway).unreadable(
                direction,
                "this migration is a Java class that only Flyway can run: write it as SQL"
            )
        }
        let (filled, obstacle) = filled(source)
        let builder = SectionBuilder(source: filled, layout: .flyway)
        return try MigrationDirectoryError.wrapping { () throws(MigrationFileError) in
            try builder.whole(direction, transaction, obstacle: obstacle)
        }
    }

    private var transaction: SectionBuilder.Transaction {
        switch settings["executeInTransaction"]?.lowercased() {
        case "true": .fixed(.perFile)
        case "false": .fixed(.perStatement)
        default: .byStatements
        }
    }

    /// The text with the values of its placeholders; as it is, with the reason, when one has none.
    private func filled(_ source: SourceFile) -> (SourceFile, SectionObstacle?) {
        let replaces = settings["placeholderReplacement"].map { $0.lowercased() != "false" }
        guard replaces ?? listing.flyway.replacesPlaceholders else { return (source, nil) }
        do {
            let filler = PlaceholderFiller(listing.flyway, file: FolderListing.fileName(path))
            return (try filler.fill(source), nil)
        } catch {
            return (source, error.obstacle(settingsFile: listing.fullPath(path) + ".conf"))
        }
    }
}
