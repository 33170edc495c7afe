/// Reads this tool's own files, and dbmate's, which are the same but may have several sections of each kind.
struct NativeReader {
    private struct Half {
        let version: MigrationVersion
        let name: String
        let section: MigrationSection
    }

    private let listing: FolderListing
    private let layout: MigrationLayout

    init(_ listing: FolderListing, layout: MigrationLayout) {
        self.listing = listing
        self.layout = layout
    }

    func read() throws(MigrationDirectoryError) -> LayoutContents {
        var contents = LayoutContents()
        var (ups, downs): ([Half], [Half]) = ([], [])
        for fileName in listing.topLevel {
            guard let meaning = MigrationFileName(fileName) else { continue }
            let source = try listing.source(fileName)
            try MigrationDirectoryError.wrapping { () throws(MigrationFileError) in
                let file = try MigrationFile(source)
                switch meaning {
                case .single(let version, let name):
                    let (up, down) = try layout == .dbmate ? file.joinedSections() : file.sections()
                    contents.migrations.append(
                        Migration(identity: .version(version), name: name, up: up, down: down)
                    )
                case .repeatable(let name):
                    let up = try file.onlySection(.up)
                    contents.migrations.append(
                        Migration(identity: .repeatable(name), name: name, up: up, down: nil)
                    )
                case .half(let version, let name, let direction):
                    let half = Half(version: version, name: name, section: try file.onlySection(direction))
                    if direction == .up { ups.append(half) } else { downs.append(half) }
                }
            }
            contents.used.insert(fileName)
        }
        contents.migrations += try Self.paired(ups, downs)
        return contents
    }

    /// A migration without a down file cannot be reverted; a down file without its up file is a mistake.
    private static func paired(
        _ ups: [Half],
        _ downs: [Half]
    ) throws(MigrationDirectoryError) -> [Migration] {
        var downs = downs
        let result = ups.map { up in
            let at = downs.firstIndex { $0.version == up.version && $0.name == up.name }
            let down = at.map { downs.remove(at: $0).section }
            return Migration(identity: .version(up.version), name: up.name, up: up.section, down: down)
        }
        if let lonely = downs.first {
            let file = lonely.section.source.path
            throw .noPartner(file: file, expected: String(file.dropLast(".down.sql".count)) + ".up.sql")
        }
        return result
    }
}
