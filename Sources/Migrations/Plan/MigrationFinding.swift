/// Something about the files of a branch that will make trouble when it is merged.
public enum MigrationFinding: Hashable, Sendable, CustomStringConvertible {
    /// Both branches have added a file with one version.
    case sameVersion(Migration, base: Migration)
    /// A new file comes before one that the base has already.
    case late(Migration, newest: Migration)
    /// A file that the base has was changed in its SQL.
    case edited(Migration)
    /// A file that the base has is here under another version or name; as it was.
    case renamed(Migration, from: Migration)
    /// A file that the base has is not here.
    case removed(Migration)

    /// Compares the files of a branch with those of the branch it will be merged into.
    ///
    /// - Parameters:
    ///   - here: the files of the branch.
    ///   - base: those of the other branch now.
    ///   - ancestor: those of the revision where the two parted. What is in it and unchanged here cannot collide.
    public static func find(here: [Migration], base: [Migration], ancestor: [Migration]) -> [MigrationFinding]
    {
        let comparison = BranchComparison(here: here, base: base, ancestor: ancestor)
        return comparison.findings
    }

    /// One word: `same version`, `late`, `edited`, `renamed`, `removed`.
    public var word: String {
        switch self {
        case .sameVersion: "same version"
        case .late: "late"
        case .edited: "edited"
        case .renamed: "renamed"
        case .removed: "removed"
        }
    }

    /// The version it is about.
    public var version: String {
        switch self {
        case .sameVersion(let migration, _), .late(let migration, _), .edited(let migration),
            .renamed(let migration, _), .removed(let migration):
            migration.identity.description
        }
    }

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .sameVersion(let migration, let base):
            """
            \(migration.path) has a version that the base gives to another file, \(base.label).
              Give this one a new version: a time after \(base.identity), as caisson migrate new NAME would.
            """
        case .late(let migration, let newest):
            """
            \(migration.path) is new and comes before \(newest.label), which the base has already: databases that have applied that would refuse it.
              Rename it to a version after \(newest.identity).
            """
        case .edited(let migration):
            """
            \(migration.path) was edited, but the base has it already: databases that have applied it would refuse it.
              Put its text back and write the change into a new migration: caisson migrate new NAME
            """
        case .renamed(let migration, let old):
            """
            \(migration.path) is what the base has as \(old.label).
              Give it its old name back.
            """
        case .removed(let migration):
            """
            \(migration.label) is gone, but the base has it: databases that have applied it would miss it.
              Bring it back: git checkout BASE -- FILE
            """
        }
    }
}

/// The files of two branches and of the revision where they parted, side by side.
private struct BranchComparison {
    private let here: [Migration]
    private let present: Set<Migration.Identity>
    private let base: [Migration.Identity: Migration]
    private let ancestor: [Migration.Identity: Migration]
    private let newest: Migration?
    /// What squashed files of the branch stand for.
    private let replaced: [Migration.Identity: MigrationFingerprint]

    init(here: [Migration], base: [Migration], ancestor: [Migration]) {
        self.here = here.filter { $0.version != nil }
        present = Set(self.here.map(\.identity))
        let entries = here.flatMap(\.replaces).map { ($0.identity, $0) }
        replaced = Dictionary(entries) { first, _ in first }
        self.base = Self.byIdentity(base)
        self.ancestor = Self.byIdentity(ancestor)
        newest = base.filter { $0.version != nil }.max { ($0.version ?? .zero) < ($1.version ?? .zero) }
    }

    /// Repeatable files may change at any time.
    private static func byIdentity(_ migrations: [Migration]) -> [Migration.Identity: Migration] {
        Dictionary(migrations.filter { $0.version != nil }.map { ($0.identity, $0) }) { first, _ in first }
    }

    var findings: [MigrationFinding] {
        let moved = Set(here.compactMap(origin).map(\.identity))
        let removed = base.values.filter { migration in
            ancestor[migration.identity] != nil && !present.contains(migration.identity)
                && !moved.contains(migration.identity) && !isReplaced(migration)
        }
        let order = removed.sorted { ($0.version ?? .zero) < ($1.version ?? .zero) }
        return here.compactMap(finding) + order.map(MigrationFinding.removed)
    }

    /// A squashed file stands for it, as the base has it.
    private func isReplaced(_ theirs: Migration) -> Bool {
        guard let entry = replaced[theirs.identity] else { return false }
        return entry.checksum == theirs.checksum || entry.normalizedChecksum == theirs.normalizedChecksum
    }

    private func finding(_ migration: Migration) -> MigrationFinding? {
        if let theirs = base[migration.identity] { return finding(migration, theirs) }
        if let origin = origin(of: migration) { return .renamed(migration, from: origin) }
        // What the base has removed meanwhile is not new.
        guard ancestor[migration.identity] == nil, let newest, let version = migration.version,
            version < (newest.version ?? .zero)
        else { return nil }
        return .late(migration, newest: newest)
    }

    private func finding(_ migration: Migration, _ theirs: Migration) -> MigrationFinding? {
        if isReplaced(theirs) { return nil }
        guard migration.hasSameSQL(as: theirs) else {
            guard let old = ancestor[migration.identity] else {
                return .sameVersion(migration, base: theirs)
            }
            // What only the base has changed comes with the merge.
            return migration.hasSameSQL(as: old) ? nil : .edited(migration)
        }
        return migration.name == theirs.name ? nil : .renamed(migration, from: theirs)
    }

    /// The file of the base that a new one is a moved copy of.
    private func origin(of migration: Migration) -> Migration? {
        guard base[migration.identity] == nil, migration.hasStatements else { return nil }
        return base.values.first { $0.hasSameSQL(as: migration) && !present.contains($0.identity) }
    }
}

extension Migration {
    fileprivate func hasSameSQL(as other: Migration) -> Bool {
        checksum == other.checksum || normalizedChecksum == other.normalizedChecksum
    }
}
