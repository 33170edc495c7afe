import Foundation

/// Reads a folder of migrations from disk.
struct FolderScanner {
    /// Below this many folders nobody keeps migrations; a link that leads back to its own folder ends here.
    private static let depth = 6

    /// How many bytes of files are kept; what is beyond is read again when it is to be run.
    static let budget = 24 << 20

    private let path: String
    private var files: [String: FileText] = [:]
    private var names: [String] = []
    private var room: Int

    private init(path: String, keeping room: Int) {
        self.path = path
        self.room = room
    }

    /// Reads the files that some layout may use.
    /// - Parameter room: how many bytes of them are kept.
    /// - Throws: `MigrationDirectoryError` when the folder or a file cannot be read.
    static func scan(
        _ path: String,
        keeping room: Int = budget
    ) throws(MigrationDirectoryError) -> FolderListing {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw .missing(path: path)
        }
        guard isFolder.boolValue else { throw .notAFolder(path: path) }
        var scanner = FolderScanner(path: path, keeping: room)
        let names = try scanner.read("", depth: 0)
        let folder = URL(fileURLWithPath: path).standardizedFileURL
        var listing = FolderListing(
            path: path,
            texts: scanner.files,
            names: scanner.names,
            neighbours: FolderListing.signs.intersection(names).union(neighbours(of: folder)),
            absolutePath: folder.path
        )
        if scanner.files.keys.contains(where: { FlywayFileName($0) != nil }) {
            listing.flyway = FlywaySettingsFinder(path).settings()
        }
        return listing
    }

    private mutating func read(_ folder: String, depth: Int) throws(MigrationDirectoryError) -> [String] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path + "/" + folder).sorted()
        } catch {
            // A folder below may be anybody's business.
            guard depth == 0 else { return [] }
            throw .unreadable(path: path, reason: error.localizedDescription)
        }
        for name in names where !name.hasPrefix(".") { try take(folder + name, name, depth: depth) }
        return names
    }

    private mutating func take(
        _ file: String,
        _ name: String,
        depth: Int
    ) throws(MigrationDirectoryError) {
        if depth <= 1 { names.append(file) }
        if Self.mayMatter(name, depth: depth) {
            try take(file)
        } else if depth < Self.depth {
            var isFolder: ObjCBool = false
            let exists = FileManager.default.fileExists(atPath: path + "/" + file, isDirectory: &isFolder)
            if exists, isFolder.boolValue { _ = try read(file + "/", depth: depth + 1) }
        }
    }

    private mutating func take(_ file: String) throws(MigrationDirectoryError) {
        let full = path + "/" + file
        do {
            let text = try FileText(path: full, room: room)
            if case .kept(let bytes) = text { room -= bytes.count }
            files[file] = text
        } catch {
            throw .unreadable(path: full, reason: "\(error)")
        }
    }

    /// In the folders below only what Flyway and diesel look for there.
    private static func mayMatter(_ name: String, depth: Int) -> Bool {
        if FlywayFileName(name) != nil || name.hasSuffix(".sql.conf") { return true }
        if depth == 0 { return name.hasSuffix(".sql") || name.hasSuffix(".go") }
        return depth == 1 && ["up.sql", "down.sql", "metadata.toml"].contains(name)
    }

    /// The folder above may be anything, `/tmp` with its thousands of files too, so it is not listed.
    private static func neighbours(of folder: URL) -> Set<String> {
        let parent = folder.deletingLastPathComponent().path
        return FolderListing.signs.filter { FileManager.default.fileExists(atPath: parent + "/" + $0) }
    }
}
