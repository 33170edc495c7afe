import Control
import Foundation
import Postgres

/// The table that says which migrations the database has.
struct Ledger {
    let schema: ControlSchema
    var origin = Origin.current

    var journal: Journal { Journal(schema: schema, origin: origin) }

    /// What a look at the ledger has found.
    struct Look {
        /// All rows; none when the tables do not exist.
        let applied: [AppliedMigration]
        /// Whether the tables are those that this tool writes to.
        let isInstalled: Bool
    }

    /// All rows; none when the tables do not exist. Never writes, so that a role that may only read can ask.
    func read(on connection: Connection) throws -> [AppliedMigration] {
        try look(on: connection).applied
    }

    /// The same, and how the tables are.
    func look(on connection: Connection) throws -> Look {
        do {
            guard try connection.queryOne(schema.existence(on: connection), as: Bool.self) else {
                return Look(applied: [], isInstalled: false)
            }
            return try current(on: connection) ?? Look(applied: inSteps(on: connection), isInstalled: false)
        } catch let error as PostgresError where error.sqlState == .insufficientPrivilege {
            throw LedgerError.notReadable(schema: schema.name, reason: error)
        }
    }

    /// Everything in one message where the tables are those that this tool knows; nil for others, and inside a transaction,
    /// which a failure would end.
    private func current(on connection: Connection) throws -> Look? {
        guard connection.transactionStatus == .idle else { return nil }
        let answers: [ResultSet]
        do {
            answers = try schema.reading(
                [
                    schema.versions, LedgerStatements.migrations(schema, standing: .current),
                    LedgerStatements.statements(schema, standing: .current),
                ],
                on: connection
            )
        } catch let error as PostgresError where [.undefinedColumn, .undefinedTable].contains(error.sqlState)
        {
            return nil
        }
        guard try standing(of: LedgerStatements.component, in: answers[0]) == .current else { return nil }
        // A foundation that is too new keeps nobody from looking.
        let foundation = try? standing(of: .foundation, in: answers[0])
        return Look(applied: try applied(answers[1], answers[2]), isInstalled: foundation == .current)
    }

    private func standing(of component: Component, in versions: ResultSet) throws -> ControlSchema.Standing {
        try schema.standings(of: [component], in: versions)[0]
    }

    private func inSteps(on connection: Connection) throws -> [AppliedMigration] {
        let standing = try schema.standing(of: LedgerStatements.component, on: connection)
        guard standing != .absent else { return [] }
        return try applied(
            connection.rows(LedgerStatements.migrations(schema, standing: standing)),
            connection.rows(LedgerStatements.statements(schema, standing: standing))
        )
    }

    private func applied(_ migrations: ResultSet, _ statements: ResultSet) throws -> [AppliedMigration] {
        let applied = try migrations.map(appliedMigration)
        guard applied.contains(where: { $0.state != .applied }) else { return applied }
        let recorded = Dictionary(grouping: try statements.map(recordedStatement), by: \.version)
        return applied.map { $0.with(recorded[$0.identity.description]?.map(\.statement) ?? []) }
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

    private func recordedStatement(_ row: Row) throws -> (version: String, statement: RecordedStatement) {
        let (version, ordinal, hash, isFinished, hasFailed, session) = try row.decode(
            String.self,
            Int.self,
            String.self,
            Bool.self,
            Bool.self,
            String?.self
        )
        let statement = RecordedStatement(
            ordinal: ordinal,
            hash: hash,
            isFinished: isFinished,
            hasFailed: hasFailed,
            session: session
        )
        return (version, statement)
    }

    /// Makes or upgrades the tables. To be called under the migration lock.
    func install(on connection: Connection) throws {
        try schema.install(LedgerStatements.component, on: connection)
    }

    /// The same for those whose look has found that there is something to do.
    func upgrade(on connection: Connection) throws {
        try schema.upgrade(LedgerStatements.component, on: connection)
    }

    /// Records that a step is done, in the ledger and in the journal, and has the repeatable migrations run again that it takes
    /// along; belongs into the transaction of its last statement.
    func finish(_ step: MigrationStep, after duration: Duration) -> [SQL] {
        var records: [SQL] = []
        if !step.takenAlong.isEmpty { records.append(LedgerStatements.outdate(step.takenAlong, in: schema)) }
        if step.migration == nil {
            records.append(LedgerStatements.removeStatements(of: step.identity, in: schema))
        }
        return records + [record(step, after: duration)]
    }

    private func record(_ step: MigrationStep, after duration: Duration) -> SQL {
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
    func begin(_ step: MigrationStep) -> [SQL] {
        let record: SQL =
            if let migration = step.migration {
                LedgerStatements.record(
                    migration,
                    state: .applying,
                    milliseconds: nil,
                    origin: origin,
                    in: schema
                )
            } else {
                LedgerStatements.markReverting(step.identity, in: schema)
            }
        return step.finishedStatements > 0
            ? [record] : [record, LedgerStatements.forgetStatements(of: step, in: schema)]
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
