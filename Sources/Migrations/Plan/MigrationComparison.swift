import SQLSyntax

/// Lays the files beside the ledger.
struct MigrationComparison {
    private let available: [Migration]
    private let ledger: [Migration.Identity: AppliedMigration]
    private let rows: [AppliedMigration]
    private let newest: AppliedMigration?
    private let late: LatePolicy
    private let squashes: [Migration.Identity: SquashStanding]
    /// What the rows of squashed files stand for: a program from before the squash still has the many files.
    private let absorbed: [Migration.Identity: (entry: MigrationFingerprint, row: AppliedMigration)]

    init(available: [Migration], applied: [AppliedMigration], late: LatePolicy) {
        self.available = available
        rows = applied
        let ledger = Dictionary(applied.map { ($0.identity, $0) }) { first, _ in first }
        self.ledger = ledger
        let squashes = available.compactMap { migration in
            SquashStanding(migration, ledger).map { (migration.identity, $0) }
        }
        self.squashes = Dictionary(squashes) { first, _ in first }
        let entries = applied.filter { $0.state == .applied }.flatMap { row in
            SquashHeader.read(applied: row.upText ?? "").map { ($0.identity, (entry: $0, row: row)) }
        }
        absorbed = Dictionary(entries) { first, _ in first }
        newest = applied.filter { $0.version != nil }.max { Self.version($0) < Self.version($1) }
        self.late = late
    }

    /// Everything known, versions in order, then repeatable ones.
    var statuses: [MigrationStatus] {
        let replaced = squashes.values.flatMap(\.rows).map(\.identity)
        let known = Set(available.map(\.identity) + replaced)
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
        return Self.inOrder(withNewer(withRepeated(present + missing)))
    }

    /// Takes what was applied behind all files for the work of a newer program, where the files themselves leave nothing to do.
    /// Its repeatable files may be newer as well, so those that are here are left alone.
    private func withNewer(_ statuses: [MigrationStatus]) -> [MigrationStatus] {
        guard let last = available.compactMap(\.version).max() else { return statuses }
        let isSettled = statuses.allSatisfy { status in
            switch status.state {
            case .applied, .ignored: true
            case .pending: status.identity.version == nil
            case .conflict(.missing(let row)): row.state == .applied && (row.version ?? .zero) > last
            case .partial, .squashed, .newer, .conflict: false
            }
        }
        guard isSettled, statuses.contains(where: { $0.conflict != nil }) else { return statuses }
        return statuses.map { status in
            switch status.state {
            case .conflict(.missing(let row)): status.with(newer(row, than: last))
            case .pending: status.with(.ignored)
            default: status
            }
        }
    }

    private func newer(_ row: AppliedMigration, than last: MigrationVersion) -> MigrationStatus.State {
        guard let floor = row.upText.flatMap(VersionFloor.of), last < floor else { return .newer(row) }
        return .conflict(.tooOld(row, floor: floor, newest: last))
    }

    /// Files come in order, and to sort what is sorted copies it all.
    private static func inOrder(_ statuses: [MigrationStatus]) -> [MigrationStatus] {
        let isSorted = zip(statuses, statuses.dropFirst())
            .allSatisfy { $0.identity.comesBefore($1.identity) }
        return isSorted ? statuses : statuses.sorted { $0.identity.comesBefore($1.identity) }
    }

    /// Makes repeatable files pending whose objects go when pending ones are run.
    private func withRepeated(_ statuses: [MigrationStatus]) -> [MigrationStatus] {
        let open = statuses.filter(\.isOpen).compactMap(\.migration)
        let hasApplied = statuses.contains { $0.identity.version == nil && $0.state == .applied }
        guard hasApplied, !open.isEmpty else { return statuses }
        let order = RepeatableOrder(available, applied: rows)
        let taken = Set(open.flatMap { order.taken(by: $0.up, of: $0.identity) })
        return statuses.map { status in
            taken.contains(status.identity) && status.state == .applied ? status.asPending : status
        }
    }

    private func state(
        of migration: Migration,
        orphans: [AppliedMigration]
    ) -> (MigrationStatus.State, AppliedMigration?) {
        if let squash = squashes[migration.identity] {
            return (squash.state(of: migration), ledger[migration.identity])
        }
        if let squashed = absorbed[migration.identity], migration.hasSameSQL(as: squashed.entry.applied),
            ledger[migration.identity].map({ !migration.hasSameSQL(as: $0) }) ?? true
        {
            return (.applied, squashed.row)
        }
        if let row = ledger[migration.identity] { return (state(of: migration, row), row) }
        if migration.version != nil, let row = orphans.first(where: migration.isMovedCopy) {
            return (.conflict(.renamed(migration, row)), row)
        }
        return (stateOfNew(migration), nil)
    }

    private func stateOfNew(_ migration: Migration) -> MigrationStatus.State {
        guard let newest, let version = migration.version, version < Self.version(newest) else {
            return .pending
        }
        return switch late {
        case .refuse: .conflict(.late(migration, newest: newest))
        case .run: .pending
        case .ignore: .ignored
        }
    }

    private func state(of migration: Migration, _ row: AppliedMigration) -> MigrationStatus.State {
        if row.state != .applied { return partialState(of: migration, row) }
        let isSame = migration.hasSameSQL(as: row)
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
        available.first { ledger[$0.identity] == nil && $0.version != nil && $0.isMovedCopy(of: row) }
    }

    private static func version(_ row: AppliedMigration) -> MigrationVersion {
        row.version ?? MigrationVersion.zero
    }

}

extension Migration.Identity {
    /// Versions in order, then repeatable migrations by name.
    func comesBefore(_ other: Self) -> Bool {
        switch (self, other) {
        case (.version(let left), .version(let right)): left < right
        case (.version, .repeatable): true
        case (.repeatable, .version): false
        case (.repeatable(let left), .repeatable(let right)): left < right
        }
    }
}

extension Migration {
    /// Whether this is what was applied: byte for byte, or but for comments, white space and the case of keywords.
    ///
    /// The SQL of the way up decides, so the way back can be mended after the fact.
    func hasSameSQL(as row: AppliedMigration) -> Bool {
        checksum == row.checksum || normalizedChecksum == row.normalizedChecksum
    }

    /// Whether a row of another version has this text. Files without a statement all look alike.
    func isMovedCopy(of row: AppliedMigration) -> Bool {
        row.version != nil && (checksum == row.checksum || hasStatements && hasSameSQL(as: row))
    }
}

extension MigrationVersion {
    static let zero = MigrationVersion(unchecked: "0")
}
