/// What the name of one of Flyway's files says: `V1.2__name.sql`, `U1_2__name.sql`, `R__name.sql`.
enum FlywayFileName: Equatable {
    /// Applies a version.
    case versioned(MigrationVersion, name: String)
    /// Reverts a version.
    case undo(MigrationVersion, name: String)
    /// Runs when its text has changed.
    case repeatable(name: String)

    /// Nil for a file that is none of them; `path` may have folders in front.
    init?(_ path: String) {
        let file = FolderListing.fileName(path)
        // A folder of thousands of files asks this of each, and most begin with a digit.
        guard let first = file.utf8.first, "VUR".utf8.contains(first),
            let dot = file.lastIndex(of: "."), [".sql", ".java"].contains(file[dot...])
        else { return nil }
        let kind = Character(UnicodeScalar(first))
        let base = file[..<dot].dropFirst()
        guard let separator = base.firstRange(of: "__") else { return nil }
        let name = String(base[separator.upperBound...])
        let version = Self.version(base[..<separator.lowerBound])
        switch (kind, version) {
        case ("V", let version?): self = .versioned(version, name: name)
        case ("U", let version?): self = .undo(version, name: name)
        case ("R", nil) where separator.lowerBound == base.startIndex && !name.isEmpty:
            self = .repeatable(name: name)
        default: return nil
        }
    }

    /// Dots and underscores are the same between the numbers of a version.
    static func version(_ text: some StringProtocol) -> MigrationVersion? {
        MigrationVersion(String(text.map { $0 == "_" ? "." : $0 }))
    }

    var isVersioned: Bool {
        if case .versioned = self { true } else { false }
    }

    /// The description as Flyway stores it.
    static func description(_ name: String) -> String { String(name.map { $0 == "_" ? " " : $0 }) }
}
