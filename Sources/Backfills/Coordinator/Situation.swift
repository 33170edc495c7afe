import Control
import Postgres

/// What there is in the database before a run begins.
struct Situation {
    let system: SystemIdentity
    let rights: RunSettings.SessionRights
    /// Whether tables are to be made or upgraded.
    let needsTables: Bool
    /// The latest run of the backfill.
    let latest: Run?
    /// The tables of every ledger in the database.
    let tables: ControlTables

    /// Looks, without writing.
    ///
    /// - Throws: `ControlError` when the tables are newer.
    init(of backfill: Backfill, schema: ControlSchema, store: RunStore, on connection: Connection) throws {
        let answers = try connection.rows(ofAll: [
            SystemIdentity.statement, RunSettings.SessionRights.statement, schema.existence(on: connection),
            "SELECT pg_catalog.to_regclass(\(store.statements.run.quoted)) IS NOT NULL",
            ControlTables.question,
        ])
        tables = try ControlTables(in: answers[4])
        system = try SystemIdentity(in: answers[0])
        rights = try RunSettings.SessionRights(in: answers[1])
        guard try answers[2][0].value(Bool.self, at: 0) else {
            (needsTables, latest) = (true, nil)
            return
        }
        let hasRuns = try answers[3][0].value(Bool.self, at: 0)
        let (found, standings) = try schema.knowingStrangers {
            let found = try schema.reading(
                [schema.versions] + (hasRuns ? [store.statements.latestRun(of: backfill.name)] : []),
                on: connection
            )
            return (found, try schema.standings(of: [.foundation, .backfills], in: found[0]))
        }
        needsTables = standings.contains { $0 != .current }
        latest = hasRuns ? try store.runs(in: found[1]).first : nil
    }
}
