/// How a disagreement between a file and the ledger is settled in favour of the file.
public struct Acceptance: Hashable, Sendable {
    /// What is done to the ledger. The database itself is not touched.
    public enum Change: Hashable, Sendable {
        /// The row takes the text of the edited file.
        case takesText(Migration)
        /// The row takes the version, the name and the text of the renamed file.
        case takesName(Migration)
        /// The row of a migration without a file goes; the journal keeps its texts.
        case forgets
    }

    /// The ledger's row as it was.
    public let applied: AppliedMigration

    /// What becomes of it.
    public let change: Change

    /// What is to become of a migration whose file is not here.
    public enum MissingFile: Hashable, Sendable {
        /// It stays in the ledger: the file may be in another checkout, and whoever has it would apply it once more.
        case keep
        /// The ledger forgets it.
        case forget
    }

    /// Finds what there is to accept about a version.
    /// - Throws: `AcceptanceError`.
    init(
        _ version: MigrationVersion,
        in statuses: [MigrationStatus],
        missing: MissingFile
    ) throws(AcceptanceError) {
        let matching = statuses.filter { status in
            status.identity.version == version || status.applied?.version == version
        }
        for status in matching {
            switch status.state {
            case .conflict(.edited(let migration, let row)): (applied, change) = (row, .takesText(migration))
            case .conflict(.renamed(let migration, let row)): (applied, change) = (row, .takesName(migration))
            case .conflict(.missing(let row)), .newer(let row), .conflict(.tooOld(let row, _, _)):
                guard missing == .forget else {
                    throw .wouldForget(label: row.label, version: row.identity.description)
                }
                (applied, change) = (row, .forgets)
            case .conflict(.late(let migration, _)): throw .late(label: migration.label)
            default: continue
            }
            return
        }
        guard let first = matching.first else {
            let known = statuses.compactMap(\.identity.version?.text)
            throw .unknownVersion(version, known: known)
        }
        throw .nothingToAccept(label: Migration.label(first.identity, first.name), state: first.state.word)
    }
}
