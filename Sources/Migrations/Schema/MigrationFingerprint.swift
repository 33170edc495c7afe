/// A migration by its label and its checksums, as a dump and a squashed file keep it: one line of a comment.
public struct MigrationFingerprint: Hashable, Sendable {
    /// What tells it from all others.
    public let identity: Migration.Identity

    /// The name behind the version.
    public let name: String

    /// The checksum of the file.
    public let checksum: String

    /// The checksum of its SQL alone.
    public let normalizedChecksum: String

    init(_ migration: Migration) {
        identity = migration.identity
        name = migration.name
        checksum = migration.checksum
        normalizedChecksum = migration.normalizedChecksum
    }

    init(_ applied: AppliedMigration) {
        identity = applied.identity
        name = applied.name
        checksum = applied.checksum
        normalizedChecksum = applied.normalizedChecksum
    }

    /// Reads what `line` wrote; nil for anything else.
    init?(line: some StringProtocol) {
        let parts = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].count == 64, parts[1].count == 64 else { return nil }
        let label = String(parts[2])
        if label.hasPrefix("R__") {
            (identity, name) = (.repeatable(String(label.dropFirst(3))), String(label.dropFirst(3)))
        } else {
            let version = label.prefix { $0 != "_" }
            guard let number = MigrationVersion(String(version)) else { return nil }
            (identity, name) = (.version(number), String(label.dropFirst(version.count + 1)))
        }
        (checksum, normalizedChecksum) = (String(parts[0]), String(parts[1]))
    }

    /// Both checksums and the label, which comes last because a name may hold spaces.
    var line: String {
        // A line end in the name of a file would end the comment.
        let label = label.split(whereSeparator: \.isNewline).joined(separator: " ")
        return "\(checksum) \(normalizedChecksum) \(label)"
    }

    /// `20261121093000_create_city`, by which messages speak of it.
    public var label: String { Migration.label(identity, name) }

    /// Whether a row of the ledger has this text, but for comments and white space.
    func hasSameSQL(as row: AppliedMigration) -> Bool {
        checksum == row.checksum || normalizedChecksum == row.normalizedChecksum
    }

    /// The ledger's row as it would be where the migration was applied.
    var applied: AppliedMigration {
        AppliedMigration(
            identity: identity,
            name: name,
            checksum: checksum,
            normalizedChecksum: normalizedChecksum,
            upText: ""
        )
    }
}
