import Foundation

/// Reads a folder of migrations from disk.
struct FolderScanner {
    /// Below this many folders nobody keeps migrations; a link that leads back to its own folder ends here.
    private static let depth = 6

    private let path: String
    private var files: [String: [UInt8]] = [:]

    private init(path: String) {
        self.path = path
    }

    /// Reads the files that some layout may use.
    /// - Throws: `MigrationDirectoryError` when the folder or a file cannot be read.
    static func scan(_ path: String) throws(MigrationDirectoryError) -> FolderListing {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw .missing(path: path)
        }
        guard isFolder.boolValue else { throw .notAFolder(path: path) }
        var scanner = FolderScanner(path: path)
        let names = try scanner.read("", depth: 0)
        var listing = FolderListing(
            path: path,
            files: scanner.files,
            neighbours: FolderListing.signs.intersection(names).union(neighbours(of: path))
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
        if Self.mayMatter(name, depth: depth) {
            do {
                files[file] = Array(try Self.contents(path + "/" + file))
            } catch {
                throw .unreadable(path: path + "/" + file, reason: error.localizedDescription)
            }
        } else if depth < Self.depth {
            var isFolder: ObjCBool = false
            let exists = FileManager.default.fileExists(atPath: path + "/" + file, isDirectory: &isFolder)
            if exists, isFolder.boolValue { _ = try read(file + "/", depth: depth + 1) }
        }
    }

    /// A URL takes as long to make as the file to read, and is needed only to say why it cannot be read.
    private static func contents(_ file: String) throws -> Data {
        try FileManager.default.contents(atPath: file) ?? Data(contentsOf: URL(fileURLWithPath: file))
    }

    /// In the folders below only what Flyway and diesel look for there.
    private static func mayMatter(_ name: String, depth: Int) -> Bool {
        if FlywayFileName(name) != nil || name.hasSuffix(".sql.conf") { return true }
        if depth == 0 { return name.hasSuffix(".sql") || name.hasSuffix(".go") }
        return depth == 1 && ["up.sql", "down.sql", "metadata.toml"].contains(name)
    }

    /// The folder above may be anything, `/tmp` with its thousands of files too, so it is not listed.
    private static func neighbours(of path: String) -> Set<String> {
        let parent = URL(fileURLWithPath: path).standardizedFileURL.deletingLastPathComponent().path
        return FolderListing.signs.filter { FileManager.default.fileExists(atPath: parent + "/" + $0) }
    }
}
