/// How a database stands to a squashed file: whether it has what the file replaces.
struct SquashStanding {
    /// The rows of what it replaces, in order.
    let rows: [AppliedMigration]

    /// What it replaces and the ledger has not, or has only half.
    let missing: [MigrationFingerprint]

    /// The rows whose text is not the one that was squashed.
    let changed: [AppliedMigration]

    /// Nil where nothing of what it replaces was applied, or where it was applied itself.
    init?(_ migration: Migration, _ ledger: [Migration.Identity: AppliedMigration]) {
        guard !migration.replaces.isEmpty else { return nil }
        let own = ledger[migration.identity]
        if let own, own.state == .applied, migration.hasSameSQL(as: own) { return nil }
        rows = migration.replaces.compactMap { ledger[$0.identity] }
        if rows.isEmpty { return nil }
        missing = migration.replaces.filter { ledger[$0.identity]?.state != .applied }
        changed = migration.replaces.compactMap { entry in
            guard let row = ledger[entry.identity], row.state == .applied else { return nil }
            return entry.hasSameSQL(as: row) ? nil : row
        }
    }

    func state(of migration: Migration) -> MigrationStatus.State {
        guard missing.isEmpty, changed.isEmpty else {
            return .conflict(
                .partlySquashed(migration, missing: missing.map(\.label), changed: changed.map(\.label))
            )
        }
        return .squashed(rows)
    }
}
