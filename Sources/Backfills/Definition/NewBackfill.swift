import Foundation

/// The file of a new SQL backfill.
public struct NewBackfill: Sendable, Hashable {
    /// Where it is.
    public let path: String
    /// The backfill's name.
    public let name: String

    /// Writes `name.sql` with a front matter and a statement to be filled in, and makes the folder if it is not there.
    ///
    /// - Parameter name: words for people; everything but letters and digits becomes an underscore.
    /// - Throws: ``NewBackfillError``; a file that exists is never written over.
    public static func create(_ name: String, in folder: String) throws(NewBackfillError) -> NewBackfill {
        let slug = name.lowercased().split { !($0.isLetter || $0.isNumber) }.joined(separator: "_")
        guard !slug.isEmpty else { throw .noName(name) }
        let path = "\(folder)/\(slug).sql"
        guard !FileManager.default.fileExists(atPath: path) else { throw .exists(path) }
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data(template(slug).utf8).write(to: URL(fileURLWithPath: path), options: .withoutOverwriting)
        } catch {
            throw .cannotWrite(path: path, reason: error.localizedDescription)
        }
        return NewBackfill(path: path, name: slug)
    }

    private static func template(_ name: String) -> String {
        """
        -- backfill: \(name)
        -- table: my_table
        -- where: my_column IS NULL
        -- verify: SELECT count(*) FROM my_table WHERE my_column IS NULL
        --
        -- The statement runs for one chunk of my_table after the other. The relation "chunk" holds the keys of
        -- the rows that are to be changed; join it by the key.

        UPDATE my_table
        SET my_column = lower(my_table.name)
        FROM chunk
        WHERE my_table.id = chunk.id

        """
    }
}

/// Why no file was made.
public enum NewBackfillError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The name has no letter and no digit.
    case noName(String)
    /// There is such a file already.
    case exists(String)
    /// The system's reason.
    case cannotWrite(path: String, reason: String)

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .noName(let name):
            "\"\(name)\" gives no file name. Name what the backfill does: caisson backfill new normalize_city_names"
        case .exists(let path): "\(path) exists already and was left as it is. Choose another name."
        case .cannotWrite(let path, let reason):
            "\(path) could not be written: \(reason)\nCheck the folder, or name another with --backfills DIR."
        }
    }
}
