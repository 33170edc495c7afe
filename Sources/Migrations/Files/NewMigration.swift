public import Foundation

/// Makes the files of a new migration.
public enum NewMigration {
    /// Writes a migration for somebody to fill in, in the way of the folder's other files, and makes the
    /// folder if it is not there.
    ///
    /// The version is the time in UTC; where the others are counted, and where one has this time or a later
    /// one, the next free number, so that the new one comes last. A file that exists is never written over.
    /// - Parameters:
    ///   - name: words for people; everything but letters and digits becomes an underscore.
    ///   - folder: where the files go.
    ///   - layout: how they are written.
    ///   - now: the time.
    /// - Returns: the paths of the new files, the one that goes up first.
    /// - Throws: `NewMigrationError`.
    public static func create(
        _ name: String,
        in folder: String,
        layout: MigrationLayout = .native,
        now: Date = Date()
    ) throws(NewMigrationError) -> [String] {
        let slug = slug(name)
        guard !slug.isEmpty else { throw .noName(name) }
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let existing = try FileManager.default.contentsOfDirectory(atPath: folder)
            let form = NewMigrationForm(layout: layout, existing: existing, now: now)
            return try form.files(slug).map { file, text in
                let url = URL(fileURLWithPath: "\(folder)/\(file)")
                let parent = url.deletingLastPathComponent()
                try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
                try Data(text.utf8).write(to: url, options: .withoutOverwriting)
                return "\(folder)/\(file)"
            }
        } catch {
            throw .cannotWrite(folder: folder, reason: error.localizedDescription)
        }
    }

    /// Letters and digits in lower case, one underscore for whatever stands between them.
    static func slug(_ name: String) -> String {
        name.lowercased().split { !($0.isLetter || $0.isNumber) }.joined(separator: "_")
    }
}

/// Why no file was made.
public enum NewMigrationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The name has no letter and no digit.
    case noName(String)
    /// The system's reason.
    case cannotWrite(folder: String, reason: String)

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .noName(let name):
            "\"\(name)\" gives no file name\nName what the migration does: caisson migrate new create_city"
        case .cannotWrite(let folder, let reason):
            "no migration could be written into \(folder): \(reason)\nCheck the folder: --migrations DIR"
        }
    }
}
