/// Keeps files from being run, or passed over without a word, whose names say something that their layout does not read.
struct FileNameGuard {
    private let listing: FolderListing
    private let layout: MigrationLayout

    init(_ listing: FolderListing, _ layout: MigrationLayout) {
        self.listing = listing
        self.layout = layout
    }

    /// - Throws: `MigrationDirectoryError.misleadingName` for the first such file.
    func check() throws(MigrationDirectoryError) {
        for path in listing.names {
            let name = FolderListing.fileName(path)
            guard let reason = reason(name, isTop: !path.contains("/")) else { continue }
            throw .misleadingName(file: listing.fullPath(path), reason: reason)
        }
    }

    private func reason(_ name: String, isTop: Bool) -> String? {
        guard name.utf8.count > 4, String(Substring(name.utf8.suffix(4))).lowercased() == ".sql",
            !name.hasPrefix(".")
        else { return nil }
        let lowered = String(name.dropLast(4)) + ".sql"
        guard isVersioned(lowered, isTop: isTop) else { return nil }
        if lowered != name {
            return "its ending has to be written in small letters: rename it to \(lowered), or move it away"
        }
        if layout != .flyway, case .undo = FlywayFileName(name) {
            return
                "it is named as Flyway names what reverts a migration, and the layout \(layout) does not read it: name the layout, --layout flyway, or move it away"
        }
        return reason(ofParts: name)
    }

    /// `1_a.DOWN.sql`, `1_a.undo.sql`, `001.undo.a.sql`: a part between two dots that says a direction, unless it is what the
    /// layout reads.
    private func reason(ofParts name: String) -> String? {
        let parts = name.utf8.dropLast(4).split(separator: UInt8(ascii: ".")).dropFirst().map(Substring.init)
        for part in parts where isDirection(part) {
            if part == parts.last, ["up", "down"].contains(part), readsHalves { continue }
            return
                "its name says \"\(part)\", and the layout \(layout) would not run it as that: \(advice(part))"
        }
        return nil
    }

    private func isDirection(_ part: Substring) -> Bool {
        // "do" is Postgrator's word for up.
        DirectionWords.direction(part) != nil || part.lowercased() == "do"
    }

    private func advice(_ part: Substring) -> String {
        guard readsHalves else { return "move it to where the layout has it (\(layout.summary))" }
        let isDown = DirectionWords.isDown(part)
        return "rename it to VERSION_NAME.\(isDown ? "down" : "up").sql, or move it away"
    }

    private var readsHalves: Bool {
        switch layout {
        case .native, .dbmate, .golangMigrate, .sqlx: true
        case .goose, .flyway, .diesel, .tern, .sqlMigrate: false
        }
    }

    /// Whether it would count as a migration somewhere.
    private func isVersioned(_ name: String, isTop: Bool) -> Bool {
        if layout == .flyway || FlywayFileName(name) != nil { return FlywayFileName(name) != nil }
        if layout == .diesel { return ["up.sql", "down.sql"].contains(name.lowercased()) }
        return isTop && MigrationFileName(name) != nil
    }
}

extension MigrationFileName {
    /// Whether a file without markers is named as one that reverts: `1_a_down.sql`, `1_a-rollback.sql`.
    static func endsInReversal(_ path: String) -> Bool {
        let base = FolderListing.fileName(path).dropLast(4)
        guard base.contains(where: { "_- ".contains($0) }),
            let last = base.split(whereSeparator: { "_- ".contains($0) }).last
        else { return false }
        return DirectionWords.isDown(last)
    }
}
