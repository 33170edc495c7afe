import Foundation

/// The migrations of a folder, read and in order.
public struct MigrationDirectory: Hashable, Sendable {
    /// The path as it was given.
    public let path: String

    /// Versioned migrations by version, then repeatable ones by name.
    public let migrations: [Migration]

    /// SQL files that are no migrations by their names; worth a word to whoever put them there.
    public let ignored: [String]

    /// Reads a folder. Subfolders are not looked into.
    /// - Throws: `MigrationDirectoryError`, for the first thing that is wrong.
    public init(path: String) throws(MigrationDirectoryError) {
        let names = try Self.fileNames(path)
        var reader = MigrationDirectoryReader(path: path)
        for name in names { try reader.read(name) }
        try self.init(path: path, migrations: reader.finish(), ignored: reader.ignored)
        if migrations.isEmpty { throw .empty(path: path, ignored: ignored) }
    }

    /// Takes migrations that were read elsewhere.
    /// - Throws: `MigrationDirectoryError.duplicate` when two have one version.
    public init(path: String, migrations: [Migration], ignored: [String] = []) throws(MigrationDirectoryError)
    {
        self.path = path
        self.migrations = migrations.sorted(by: Self.comesBefore)
        self.ignored = ignored
        for (one, other) in zip(self.migrations, self.migrations.dropFirst())
        where one.identity == other.identity {
            let files = [one.up.source.path, other.up.source.path]
            throw .duplicate(version: one.identity.description, files: files)
        }
    }

    private static func comesBefore(_ left: Migration, _ right: Migration) -> Bool {
        switch (left.version, right.version) {
        case (let left?, let right?) where left != right: left < right
        case (.some, nil): true
        case (nil, .some): false
        default: left.up.source.path < right.up.source.path
        }
    }

    private static func fileNames(_ path: String) throws(MigrationDirectoryError) -> [String] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw .missing(path: path)
        }
        guard isFolder.boolValue else { throw .notAFolder(path: path) }
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        } catch {
            throw .unreadable(path: path, reason: error.localizedDescription)
        }
    }
}
