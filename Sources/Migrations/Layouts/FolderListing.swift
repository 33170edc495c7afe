/// What lies in a folder of migrations, as a value: layouts are recognised and read from it without a disk.
struct FolderListing: Sendable {
    /// The folder as it was given.
    let path: String

    /// The files that may matter, by their paths below the folder.
    let files: [String: FileText]

    /// All their paths in order.
    let paths: [String]

    /// The names of those that lie in the folder itself, in order.
    let topLevel: [String]

    /// Everything in the folder, files that no layout reads among it, and what some tools keep one folder below.
    let names: [String]

    /// Those of the ``signs`` that lie beside the folder or in it.
    let neighbours: Set<String>

    /// Flyway's settings for the folder.
    var flyway = FlywaySettings()

    /// Whether texts are wanted, of big files too.
    private var keepsAll = false

    /// The folder from the root on.
    var absolutePath: String

    /// Names that tell which tool a project uses.
    static let signs: Set<String> = [
        "tern.conf", "Cargo.toml", ".sqlx", "config.toml", "sqitch.plan", ".node-pg-migraterc",
    ]

    init(
        path: String,
        texts: [String: FileText],
        names: some Sequence<String> = [],
        neighbours: Set<String> = [],
        absolutePath: String? = nil
    ) {
        self.path = path
        files = texts
        paths = texts.keys.sorted()
        topLevel = paths.filter { !$0.utf8.contains(UInt8(ascii: "/")) }
        self.names = Set(names).union(texts.keys).sorted()
        self.neighbours = neighbours
        self.absolutePath = absolutePath ?? path
    }

    init(path: String, files: [String: [UInt8]], neighbours: Set<String> = []) {
        self.init(path: path, texts: files.mapValues(FileText.init), neighbours: neighbours)
    }

    /// The same folder with these files alone.
    func only(_ wanted: Set<String>) -> FolderListing {
        var listing = FolderListing(
            path: path,
            texts: files.filter { wanted.contains($0.key) },
            neighbours: neighbours,
            absolutePath: absolutePath
        )
        listing.flyway = flyway
        listing.keepsAll = true
        return listing
    }

    /// Files that look as if they were meant for migrations but are not used by a layout.
    func ignored(except used: Set<String>) -> [String] {
        paths.filter { path in
            path.hasSuffix(".sql") && !used.contains(path) && !Self.fileName(path).hasPrefix(".")
        }
    }

    /// The path by which messages speak of a file.
    func fullPath(_ file: String) -> String {
        path.hasSuffix("/") ? path + file : path + "/" + file
    }

    /// A file as text.
    func source(_ file: String) throws(MigrationDirectoryError) -> SourceFile {
        let bytes = try bytes(file)
        do {
            return try SourceFile(path: fullPath(file), bytes: bytes)
        } catch {
            throw .file(error)
        }
    }

    /// All of a file; nothing for one that is not there.
    func bytes(_ file: String) throws(MigrationDirectoryError) -> [UInt8] {
        do {
            return try files[file]?.read() ?? []
        } catch {
            throw .unreadable(path: fullPath(file), reason: "\(error)")
        }
    }

    /// The part of a file in which people would see how it is written.
    func beginning(_ file: String) -> [UInt8] { files[file]?.beginning ?? [] }

    /// Whether a file is too big to be kept.
    func isLeftOnDisk(_ file: String) -> Bool {
        if case .disk? = files[file] { !keepsAll } else { false }
    }

    /// The last part of a path.
    static func fileName(_ path: String) -> String {
        path.utf8.split(separator: UInt8(ascii: "/")).last.map { String(Substring($0)) } ?? path
    }
}
