import Control
import Foundation
import Postgres

/// The table that says which migrations the database has.
struct Ledger {
    let schema: ControlSchema
    var origin = Origin.current

    var journal: Journal { Journal(schema: schema, origin: origin) }

    /// All rows; none when the tables do not exist. Never writes, so that a role that may only read can ask.
    func read(on connection: Connection) throws -> [AppliedMigration] {
        do {
            let standing = try schema.standing(of: LedgerStatements.component, on: connection)
            guard standing != .absent else { return [] }
            let rows = try connection.rows(LedgerStatements.migrations(schema, standing: standing))
            let applied = try rows.map(appliedMigration)
            guard applied.contains(where: { $0.state != .applied }) else { return applied }
            let statements = try recordedStatements(on: connection)
            return applied.map { $0.with(statements[$0.identity.description] ?? []) }
        } catch let error as PostgresError where error.sqlState == .insufficientPrivilege {
            throw LedgerError.notReadable(schema: schema.name, reason: error)
        }
    }

    private func appliedMigration(_ row: Row) throws -> AppliedMigration {
        let (version, name, state, method, checksum, normalized, up, down, appliedAt, milliseconds) =
            try row.decode(
                String.self,
                String.self,
                String.self,
                String.self,
                String.self,
                String.self,
                String?.self,
                String?.self,
                Double?.self,
                Int64?.self
            )
        guard let identity = Migration.Identity(version), let state = AppliedMigration.State(rawValue: state),
            let method = AppliedMigration.Method(rawValue: method)
        else {
            throw LedgerError.unreadableRow(version: version, schema: schema.name)
        }
        return AppliedMigration(
            identity: identity,
            name: name,
            state: state,
            method: method,
            checksum: checksum,
            normalizedChecksum: normalized,
            upText: up,
            downText: down,
            appliedAt: appliedAt.map { Date(timeIntervalSince1970: $0) },
            duration: milliseconds.map { .milliseconds($0) }
        )
    }

    private func recordedStatements(on connection: Connection) throws -> [String: [RecordedStatement]] {
        let rows = try connection.query(
            LedgerStatements.statements(schema),
            as: String.self,
            Int.self,
            String.self,
            Bool.self,
            Bool.self
        )
        return Dictionary(grouping: rows, by: \.0).mapValues { rows in
            rows.map { RecordedStatement(ordinal: $0.1, hash: $0.2, isFinished: $0.3, hasFailed: $0.4) }
        }
    }

    /// Makes or upgrades the tables. To be called under the migration lock.
    func install(on connection: Connection) throws {
        try schema.install(LedgerStatements.component, on: connection)
    }

    /// Records that a step is done, in the ledger and in the journal; belongs into the transaction of its last statement.
    func finish(_ step: MigrationStep, after duration: Duration) -> SQL {
        let record: SQL =
            if let migration = step.migration {
                LedgerStatements.record(
                    migration,
                    over: step.section.options.transactionMode == .perFile ? step.row : .present,
                    state: .applied,
                    milliseconds: duration.milliseconds,
                    origin: origin,
                    in: schema
                )
            } else {
                LedgerStatements.remove(step.identity, in: schema)
            }
        let event = step.direction == .up ? "migration.applied" : "migration.reverted"
        return journal.record(event, subject: step.label, beside: record)
    }

    /// Records that a step has failed or was cancelled, for people who look into the journal.
    func note(_ failure: MigrationFailure, on connection: Connection) throws {
        guard connection.isOpen else { return }
        let detail = try JSONEncoder().encode([
            "direction": failure.step.direction.rawValue, "error": failure.briefReason,
        ])
        let event = failure.isCancellation ? "migration.cancelled" : "migration.failed"
        let text = String(decoding: detail, as: UTF8.self)
        try journal.record(event, subject: failure.step.label, detail: text, on: connection)
    }

    /// Records that a file outside a transaction is under way, and forgets an earlier complete run of it.
    func begin(_ step: MigrationStep, on connection: Connection) throws {
        if let migration = step.migration {
            try connection.execute(
                LedgerStatements.record(
                    migration,
                    state: .applying,
                    milliseconds: nil,
                    origin: origin,
                    in: schema
                )
            )
        } else {
            try connection.execute(LedgerStatements.markReverting(step.identity, in: schema))
        }
        if step.finishedStatements == 0 {
            try connection.execute(LedgerStatements.forgetStatements(of: step, in: schema))
        }
    }

    /// Has the repeatable migrations run again that a step takes along, whoever comes next; belongs into its transaction.
    func outdate(by step: MigrationStep) -> [SQL] {
        step.takenAlong.isEmpty ? [] : [LedgerStatements.outdate(step.takenAlong, in: schema)]
    }

    /// Whether the ledger says that a step has been done: its row is there as it would have written it, or
    /// gone.
    func hasFinished(_ step: MigrationStep, on connection: Connection) throws -> Bool {
        let row = try read(on: connection).first { $0.identity == step.identity }
        guard let migration = step.migration else { return row == nil }
        return row?.state == .applied && row?.checksum == migration.checksum
    }
}

extension Duration {
    /// Whole milliseconds.
    var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }

    /// Seconds with their fraction.
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
