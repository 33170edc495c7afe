import Postgres

extension Ledger {
    /// Records migrations as applied that this run has not run; belongs into a transaction.
    func record(
        _ migrations: [Migration],
        as method: AppliedMigration.Method,
        on connection: Connection
    ) throws {
        for migration in migrations {
            try connection.execute(
                LedgerStatements.record(
                    migration,
                    as: method,
                    state: .applied,
                    milliseconds: nil,
                    origin: origin,
                    in: schema
                )
            )
        }
    }
}
