import Control
import Postgres

extension MigrationRun {
    /// Records a squashed file in place of the migrations that it replaces, all of which are applied. Nothing is run.
    func recordSquash(_ step: MigrationStep) throws {
        guard let migration = step.migration else { return }
        do {
            try cleanSession()
            try connection.transaction { connection in
                try takeOver()
                try connection.execute(
                    LedgerStatements.moveToJournal(
                        step.replaced.map(\.identity.description),
                        subject: step.label,
                        origin: ledger.origin,
                        in: ledger.schema
                    )
                )
                try ledger.record([migration], as: .squash, on: connection)
            }
        } catch {
            throw StepFailure(.bookkeeping(error))
        }
    }
}

extension LedgerStatements {
    /// Takes rows out of the ledger; the journal keeps them whole, with the texts that ran.
    static func moveToJournal(
        _ versions: [String],
        subject: String,
        origin: Origin,
        in schema: ControlSchema
    ) -> SQL {
        """
        WITH gone AS (
            DELETE FROM \(identifier: schema.table("migration")) WHERE version = ANY (\(versions)) RETURNING *
        )
        INSERT INTO \(identifier: schema.table("event")) (event, subject, detail, actor, host, tool_version)
        SELECT 'migration.squashed', \(subject), pg_catalog.jsonb_build_object('replaced', pg_catalog.jsonb_agg(pg_catalog.to_jsonb(gone))),
               \(origin.actor), \(origin.host), \(origin.toolVersion)
        FROM gone
        """
    }
}
