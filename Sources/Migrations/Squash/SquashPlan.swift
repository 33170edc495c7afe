import Foundation
import Postgres

/// Which files are to become one, before anything is built.
public struct SquashPlan: Hashable, Sendable {
    /// The version of the last of them, and of the new file.
    public let version: MigrationVersion

    /// The migrations that the new file will stand for, in order.
    public let replaced: [Migration]

    /// The path of the new file.
    public let path: String

    /// The folder into which the old files go, unless they are deleted.
    public let archive: String

    /// The folder of the migrations.
    public let folder: String

    /// Chooses the files.
    /// - Throws: `SquashError` where they cannot become one.
    public init(_ directory: MigrationDirectory, to version: MigrationVersion) throws(SquashError) {
        guard [.native, .dbmate].contains(directory.layout) else { throw .layout(directory.layout) }
        let versioned = directory.migrations.filter { $0.version != nil }
        guard let last = versioned.first(where: { $0.version == version }) else {
            let known = versioned.compactMap(\.version)
            throw .noFile(version, nearest: NearestVersions.of(version, in: known))
        }
        replaced = versioned.filter { ($0.version ?? .zero) <= version }
        guard replaced.count > 1 else { throw .nothingToSquash(last.label) }
        // As the file has it, zeros included, so that the order of names in the folder stays.
        let text = last.version?.text ?? version.text
        self.version = last.version ?? version
        folder = directory.path.hasSuffix("/") ? String(directory.path.dropLast()) : directory.path
        path = "\(folder)/\(text)_squashed.sql"
        archive = "\(folder)/squashed_\(text)"
    }

    /// The files of the migrations, those that revert them included.
    public var oldFiles: [String] {
        let paths = replaced.flatMap { [$0.path, $0.down?.source.path].compactMap { $0 } }
        return Set(paths).sorted()
    }

    /// The backfills that some of them wait for.
    var backfills: [String] { replaced.compactMap(\.options.requiredBackfill) }
}
