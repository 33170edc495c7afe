public import Foundation

/// Makes the file of a new migration.
public enum NewMigration {
    /// Writes `YYYYMMDDHHMMSS_name.sql` with both sections, empty, and makes the folder if it is not there.
    ///
    /// The version is the time in UTC; if another migration has it or a later one, the next free number, so
    /// that the new one comes last. A file that exists is never written over.
    /// - Parameters:
    ///   - name: words for people; everything but letters and digits becomes an underscore.
    ///   - folder: where the file goes.
    ///   - now: the time.
    /// - Returns: the path of the new file.
    /// - Throws: `NewMigrationError`.
    public static func create(
        _ name: String,
        in folder: String,
        now: Date = Date()
    ) throws(NewMigrationError) -> String {
        let slug = slug(name)
        guard !slug.isEmpty else { throw .noName(name) }
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let existing = try FileManager.default.contentsOfDirectory(atPath: folder)
            let path = "\(folder)/\(version(after: existing, now: now))_\(slug).sql"
            let text = Data("-- migrate:up\n\n\n-- migrate:down\n\n".utf8)
            try text.write(to: URL(fileURLWithPath: path), options: .withoutOverwriting)
            return path
        } catch {
            throw .cannotWrite(folder: folder, reason: error.localizedDescription)
        }
    }

    /// Letters and digits in lower case, one underscore for whatever stands between them.
    static func slug(_ name: String) -> String {
        name.lowercased().split { !($0.isLetter || $0.isNumber) }.joined(separator: "_")
    }

    private static func version(after files: [String], now: Date) -> String {
        let taken = files.compactMap { MigrationFileName($0)?.version }.max()
        let stamp = stamp(now)
        guard let taken, let wanted = MigrationVersion(stamp), taken >= wanted else { return stamp }
        return Int(taken.text).map { String($0 + 1) } ?? stamp
    }

    private static func stamp(_ date: Date) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(secondsFromGMT: 0) ?? calendar.timeZone
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
        return [parts.year, parts.month, parts.day, parts.hour, parts.minute, parts.second]
            .map { part in
                let digits = String(part ?? 0)
                return digits.count == 1 ? "0" + digits : digits
            }
            .joined()
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

extension MigrationFileName {
    var version: MigrationVersion? {
        switch self {
        case .single(let version, _), .half(let version, _, _): version
        case .repeatable: nil
        }
    }
}
