import Foundation

/// Puts values in the place of `${name}` as Flyway does: everywhere, in strings and comments too, and once.
struct PlaceholderFiller {
    private let settings: FlywaySettings
    private let file: String

    /// - Parameter file: the name of the file, for `${flyway:filename}`.
    init(_ settings: FlywaySettings, file: String) {
        self.settings = settings
        self.file = file
    }

    /// - Throws: `PlaceholderError` for the first one without a value.
    func fill(_ source: SourceFile) throws(PlaceholderError) -> SourceFile {
        var pieces: [(range: Range<Int>, value: String)] = []
        let (prefix, suffix) = (Array(settings.prefix.utf8), Array(settings.suffix.utf8))
        var rest = source.written[...]
        while let start = rest.firstRange(of: prefix),
            let end = source.written[start.upperBound...].firstRange(of: suffix)
        {
            let range = start.lowerBound..<end.upperBound
            let name = String(decoding: source.written[start.upperBound..<end.lowerBound], as: UTF8.self)
            pieces.append((range, try value(name, in: source, at: range)))
            rest = source.written[end.upperBound...]
        }
        return pieces.isEmpty ? source : SourceFile(source, replacing: pieces)
    }

    private func value(
        _ name: String,
        in source: SourceFile,
        at range: Range<Int>
    ) throws(PlaceholderError) -> String {
        let owned = "flyway" + settings.separator
        let isOwned = name.lowercased().hasPrefix(owned.lowercased())
        let found =
            isOwned
            ? ownValue(name.dropFirst(owned.count).lowercased()) : settings.placeholders[name.lowercased()]
        if let found { return found }
        throw PlaceholderError(
            name: name,
            own: isOwned ? String(name.dropFirst(owned.count)) : nil,
            text: source.writtenText(range),
            line: source.written[..<range.lowerBound].count { $0 == UInt8(ascii: "\n") } + 1,
            configuration: settings.path
        )
    }

    /// Flyway's own ones, as far as they can be known without its connection.
    private func ownValue(_ name: String) -> String? {
        switch name {
        case "filename": file
        case "table": settings.table
        case "defaultschema": settings.defaultSchema
        case "schemas": settings.schemas
        case "environment": settings.environment
        case "workingdirectory": FileManager.default.currentDirectoryPath
        case "timestamp": Self.timestamp.string(from: Date())
        default: nil
        }
    }

    private static var timestamp: DateFormatter {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.dateFormat = "yyyy-MM-dd HH:mm:ss"
        return formatter
    }
}

/// A placeholder that has no value.
struct PlaceholderError: Error, Hashable {
    let name: String
    /// What stands behind `flyway:`, for one of Flyway's own.
    let own: String?
    /// As it stands in the file.
    let text: String
    /// From 1.
    let line: Int
    /// The file with Flyway's settings, if there is one.
    let configuration: String?

    /// Why the file cannot be run.
    /// - Parameter settingsFile: where the file's own settings stand or would stand.
    func obstacle(settingsFile: String) -> SectionObstacle {
        SectionObstacle(line: line, text: "\(problem)\n  \(remedy(settingsFile))")
    }

    private var problem: String {
        own == nil
            ? "there is no value for the placeholder \(text)"
            : "the placeholder \(text) has no value outside of Flyway"
    }

    private func remedy(_ settingsFile: String) -> String {
        let configuration = configuration ?? "flyway.conf"
        return switch own?.lowercased() {
        case nil:
            """
            Write flyway.placeholders.\(name) into \(configuration), or set FLYWAY_PLACEHOLDERS_\(name.uppercased()); if it is none, \
            write placeholderReplacement=false into \(settingsFile)
            """
        case "user": "Write CURRENT_USER in its place"
        case "database": "Write current_database() in its place, or the name"
        case "defaultschema": "Write flyway.defaultSchema into \(configuration)"
        default: "Write its value into the file"
        }
    }
}
