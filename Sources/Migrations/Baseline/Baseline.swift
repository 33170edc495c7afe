import Postgres

/// What saying that a database is at a version came to, or would come to.
public struct Baseline: Hashable, Sendable {
    /// Whether anything is written.
    public enum Mode: Hashable, Sendable {
        /// Look and compare only.
        case preview
        /// Write the ledger.
        case write
    }

    /// The version that the database is at.
    public let version: MigrationVersion

    /// The migrations that count as applied from now on, in order; none has been run.
    public let recorded: [Migration]

    /// The migrations up to the version that the ledger had before.
    public let known: [AppliedMigration]

    /// What the next `up` will run, repeatable files among it.
    public let pending: [Migration]

    /// Lays the files beside the ledger.
    ///
    /// Repeatable files are left to the next `up`: they are made to be run again, and nobody can say by their version
    /// whether the database has their present text.
    init(_ version: MigrationVersion, _ statuses: [MigrationStatus]) throws {
        let known = statuses.compactMap(\.migration?.version)
        guard known.contains(version) else {
            let nearest = NearestVersions.of(version, in: known)
            throw BaselineError.noFile(version, nearest: nearest)
        }
        try Self.checkLedger(version, statuses)
        let upTo = statuses.filter { ($0.identity.version).map { $0 <= version } == true }
        self.version = version
        recorded = upTo.filter { $0.applied == nil }.compactMap(\.migration)
        self.known = upTo.compactMap(\.applied)
        let later = statuses.filter { ($0.identity.version).map { $0 <= version } != true }
        pending = later.filter(\.isOpen).compactMap(\.migration)
    }

    /// A late file up to the version is what is to be recorded; every other disagreement has to be settled before.
    private static func checkLedger(_ version: MigrationVersion, _ statuses: [MigrationStatus]) throws {
        let applied = statuses.compactMap(\.applied)
        let halfWay = applied.filter { $0.state != .applied }.map(MigrationConflict.halfWay)
        let conflicts = statuses.compactMap(\.conflict).filter { conflict in
            if case .late = conflict { false } else { true }
        }
        guard (halfWay + conflicts).isEmpty else { throw MigrationPlanError.conflicts(halfWay + conflicts) }
        let newest = applied.filter { $0.version != nil }.max {
            ($0.version ?? .zero) < ($1.version ?? .zero)
        }
        if let newest, let last = newest.version, version < last {
            throw BaselineError.beforeApplied(version, newest: newest.label)
        }
    }
}

/// Versions that somebody may have meant.
enum NearestVersions {
    /// The one that looks most alike, else the last before it and the first behind it.
    static func of(_ version: MigrationVersion, in known: [MigrationVersion]) -> [String] {
        if let alike = NearestNames.of(version.text, in: known.map(\.text)).first { return [alike] }
        let before = known.filter { $0 < version }.max()
        let behind = known.filter { $0 > version }.min()
        return [before, behind].compactMap { $0?.text }
    }
}
