/// What lies in a folder of migrations, as a value: layouts are recognised and read from it without a disk.
struct FolderListing: Sendable {
    /// The folder as it was given.
    let path: String

    /// The bytes of the files that may matter, by their paths below the folder.
    let files: [String: [UInt8]]

    /// Those of the ``signs`` that lie beside the folder or in it.
    let neighbours: Set<String>

    /// Flyway's settings for the folder.
    var flyway = FlywaySettings()

    /// Names that tell which tool a project uses.
    static let signs: Set<String> = ["tern.conf", "Cargo.toml", ".sqlx"]

    init(path: String, files: [String: [UInt8]], neighbours: Set<String> = []) {
        self.path = path
        self.files = files
        self.neighbours = neighbours
    }

    /// All paths in order.
    var paths: [String] { files.keys.sorted() }

    /// The names of the files that lie in the folder itself, in order.
    var topLevel: [String] { paths.filter { !$0.contains("/") } }

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
        do {
            return try SourceFile(path: fullPath(file), bytes: files[file] ?? [])
        } catch {
            throw .file(error)
        }
    }

    /// The last part of a path.
    static func fileName(_ path: String) -> String {
        path.utf8.split(separator: UInt8(ascii: "/")).last.map { String(Substring($0)) } ?? path
    }
}
