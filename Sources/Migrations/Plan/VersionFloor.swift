/// What a migration in the ledger says of programs that are older than it: `breaks-before:VERSION` on its marker line.
enum VersionFloor {
    static let option = "breaks-before:"

    /// Reads it from a text that a newer program has applied, which may have options on that line that are not known here.
    static func of(_ text: String) -> MigrationVersion? {
        let isMarker: (Substring) -> Bool = { line in
            line.drop(while: \.isWhitespace).hasPrefix("--") && line.contains("migrate:up")
        }
        // Comments may stand in front of it.
        let lines = text.split(maxSplits: 1000, whereSeparator: \.isNewline)
        guard let marker = lines.first(where: isMarker) else { return nil }
        return marker.split(whereSeparator: \.isWhitespace).lazy
            .filter { $0.hasPrefix(option) }
            .compactMap { MigrationVersion(String($0.dropFirst(option.count))) }
            .first
    }

    /// The highest of several.
    static func highest(_ migrations: [Migration]) -> MigrationVersion? {
        migrations.compactMap(\.up.options.breaksBefore).max()
    }
}
