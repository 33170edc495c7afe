import SQLSyntax

/// Lays the files beside the ledger.
struct MigrationComparison {
    private let available: [Migration]
    private let ledger: [Migration.Identity: AppliedMigration]
    private let rows: [AppliedMigration]
    private let newest: AppliedMigration?
    private let late: LatePolicy

    init(available: [Migration], applied: [AppliedMigration], late: LatePolicy) {
        self.available = available
        rows = applied
        ledger = Dictionary(applied.map { ($0.identity, $0) }) { first, _ in first }
        newest = applied.filter { $0.version != nil }.max { Self.version($0) < Self.version($1) }
        self.late = late
    }

    /// Everything known, versions in order, then repeatable ones.
    var statuses: [MigrationStatus] {
        let known = Set(available.map(\.identity))
        let orphans = rows.filter { !known.contains($0.identity) }
        let missing = orphans.filter { $0.version != nil && renamedFile(of: $0) == nil }.map { row in
            MigrationStatus(
                identity: row.identity,
                name: row.name,
                state: .conflict(.missing(row)),
                migration: nil,
                applied: row
            )
        }
        let present = available.map { migration in
            let (state, row) = state(of: migration, orphans: orphans)
            return MigrationStatus(
                identity: migration.identity,
                name: migration.name,
                state: state,
                migration: migration,
                applied: row
            )
        }
        return (present + missing).sorted(by: Self.comesBefore)
    }

    private func state(
        of migration: Migration,
        orphans: [AppliedMigration]
    ) -> (MigrationStatus.State, AppliedMigration?) {
        if let row = ledger[migration.identity] { return (state(of: migration, row), row) }
        if migration.version != nil, let row = orphans.first(where: { $0.checksum == migration.checksum }) {
            return (.conflict(.renamed(migration, row)), row)
        }
        if late == .refuse, let newest, let version = migration.version, version < Self.version(newest) {
            return (.conflict(.late(migration, newest: newest)), nil)
        }
        return (.pending, nil)
    }

    private func state(of migration: Migration, _ row: AppliedMigration) -> MigrationStatus.State {
        if row.state != .applied { return partialState(of: migration, row) }
        let isSame = row.checksum == migration.checksum
        if migration.kind == .repeatable { return isSame ? .applied : .pending }
        if !isSame { return .conflict(.edited(migration, row)) }
        return row.name == migration.name ? .applied : .conflict(.renamed(migration, row))
    }

    /// What ran must stand unchanged at the top of the file; what did not run may be corrected.
    private func partialState(of migration: Migration, _ row: AppliedMigration) -> MigrationStatus.State {
        let section = row.state == .applying ? migration.up : migration.down
        let statements = section?.statements ?? []
        for record in row.finished {
            let statement = record.ordinal <= statements.count ? statements[record.ordinal - 1] : nil
            if let section, let statement, section.hash(of: statement) == record.hash { continue }
            return .conflict(
                .appliedStatementChanged(migration, ordinal: record.ordinal, line: statement?.line)
            )
        }
        return .partial(finished: row.finished.count, of: statements.count)
    }

    private func renamedFile(of row: AppliedMigration) -> Migration? {
        available.first { $0.checksum == row.checksum && ledger[$0.identity] == nil && $0.version != nil }
    }

    private static func version(_ row: AppliedMigration) -> MigrationVersion {
        row.version ?? MigrationVersion.zero
    }

    private static func comesBefore(_ left: MigrationStatus, _ right: MigrationStatus) -> Bool {
        switch (left.identity, right.identity) {
        case (.version(let left), .version(let right)): left < right
        case (.version, .repeatable): true
        case (.repeatable, .version): false
        case (.repeatable(let left), .repeatable(let right)): left < right
        }
    }
}

/// What is done with a migration that comes before one that was applied.
public enum LatePolicy: Hashable, Sendable {
    /// Stop and name it: two branches were merged, and nobody has tried this order yet.
    case refuse
    /// Apply it all the same.
    case apply
}

extension MigrationVersion {
    static let zero = MigrationVersion(unchecked: "0")
}
