import Control
import Foundation
import Postgres

extension Migrator {
    /// Says that a database which was built by other means has the schema of a version: every migration up to it counts
    /// as applied from then on, and none of them is run.
    ///
    /// The database itself is not looked into beyond that there is something in it. What stands in the ledger already
    /// stays as it is.
    ///
    /// ```swift
    /// let baseline = try migrator.baseline("20261101090000")
    /// ```
    ///
    /// - Throws: `BaselineError` where that makes no sense; `AdoptionError` where another ledger knows what was applied; `MigrationPlanError.conflicts` when the ledger and the files
    ///   disagree; `MigrationLockError`, `LedgerError`, `ControlError`, `PostgresError`.
    public func baseline(_ version: MigrationVersion, _ mode: Baseline.Mode = .write) throws -> Baseline {
        // What cannot be done is told before anything is made or waited for.
        let preview = try plannedBaseline(version)
        guard mode == .write, !preview.recorded.isEmpty else { return preview }
        return try underLock { run in
            try run.ledger.install(on: connection)
            return try connection.transaction { connection in
                let baseline = try plannedBaseline(version)
                try run.ledger.record(baseline.recorded, as: .baseline, on: connection)
                try run.ledger.journal.record(
                    "migration.baselined",
                    subject: version.text,
                    detail: try Self.detail(of: baseline),
                    on: connection
                )
                return baseline
            }
        }
    }

    private func plannedBaseline(_ version: MigrationVersion) throws -> Baseline {
        let statuses = try status()
        let baseline = try Baseline(version, statuses)
        if statuses.allSatisfy({ $0.applied == nil }), let elsewhere = try ledgerElsewhere() {
            throw elsewhere
        }
        let objects = try SchemaStatements.userObjects(on: connection, besides: configuration.schema)
        guard !objects.isEmpty else { throw BaselineError.emptyDatabase(version) }
        return baseline
    }

    private static func detail(of baseline: Baseline) throws -> String {
        let versions = ["versions": baseline.recorded.map(\.identity.description)]
        return String(decoding: try JSONEncoder().encode(versions), as: UTF8.self)
    }
}
