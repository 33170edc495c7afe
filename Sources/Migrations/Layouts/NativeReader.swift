/// Reads this tool's own files, and dbmate's, which are the same but may have several sections of each kind.
struct NativeReader {
    /// What one half of a pair is for.
    private struct Half: Hashable {
        let version: MigrationVersion
        let name: String
    }

    private let listing: FolderListing
    private let layout: MigrationLayout

    init(_ listing: FolderListing, layout: MigrationLayout) {
        self.listing = listing
        self.layout = layout
    }

    func read() throws(MigrationDirectoryError) -> LayoutContents {
        var contents = LayoutContents()
        var downs = downs
        for fileName in listing.topLevel {
            switch MigrationFileName(fileName) {
            case .single(let version, let name):
                let (up, down) = try sections(fileName)
                let migration = Migration(identity: .version(version), name: name, up: up, down: down)
                contents.add(migration, of: [fileName], in: listing)
            case .repeatable(let name):
                let up = try half(fileName, .up)
                let migration = Migration(identity: .repeatable(name), name: name, up: up, down: nil)
                contents.add(migration, of: [fileName], in: listing)
            case .half(let version, let name, .up):
                let downFile = downs.removeValue(forKey: Half(version: version, name: name))
                let up = try half(fileName, .up)
                let down = if let downFile { try half(downFile, .down) } else { MigrationSection?.none }
                let migration = Migration(identity: .version(version), name: name, up: up, down: down)
                contents.add(migration, of: [fileName, downFile].compactMap(\.self), in: listing)
            case .half, nil: continue
            }
        }
        try checkNoneLeft(downs)
        return contents
    }

    /// The files that go down, by what they go down from.
    private var downs: [Half: String] {
        var downs: [Half: String] = [:]
        for file in listing.topLevel {
            guard case .half(let version, let name, .down) = MigrationFileName(file) else { continue }
            downs[Half(version: version, name: name)] = file
        }
        return downs
    }

    private func sections(
        _ file: String
    ) throws(MigrationDirectoryError) -> (up: MigrationSection, down: MigrationSection?) {
        let source = try listing.source(file)
        return try MigrationDirectoryError.wrapping { () throws(MigrationFileError) in
            let file = try MigrationFile(source, layout: layout)
            return try layout == .dbmate ? file.joinedSections() : file.sections()
        }
    }

    private func half(
        _ file: String,
        _ direction: MigrationDirection
    ) throws(MigrationDirectoryError) -> MigrationSection {
        let source = try listing.source(file)
        return try MigrationDirectoryError.wrapping { () throws(MigrationFileError) in
            try MigrationFile(source, layout: layout).onlySection(direction)
        }
    }

    /// A migration without a down file cannot be reverted; a down file without its up file is a mistake.
    private func checkNoneLeft(_ downs: [Half: String]) throws(MigrationDirectoryError) {
        guard let file = downs.values.min().map(listing.fullPath) else { return }
        throw .noPartner(file: file, expected: String(file.dropLast(".down.sql".count)) + ".up.sql")
    }
}
