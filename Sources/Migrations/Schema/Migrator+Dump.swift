import Postgres

extension Migrator {
    /// What a dump of this database has to say about its ledger. Writes nothing and takes no lock.
    ///
    /// `pg_dump` works in a session of its own: read this before and after it, and start again when the two differ.
    /// - Throws: `MigrationPlanError.conflicts` when a migration is half way; what `status()` throws.
    public func ledgerContents() throws -> LedgerContents {
        let rows = try Ledger(schema: configuration.schema).read(on: connection)
        let halfWay = rows.filter { $0.state != .applied }
        guard halfWay.isEmpty else {
            throw MigrationPlanError.conflicts(halfWay.map(MigrationConflict.halfWay))
        }
        return LedgerContents(
            rows: rows.sorted { $0.identity.comesBefore($1.identity) },
            filledViews: try SchemaStatements.filledViews(on: connection),
            serverVersion: connection.serverVersion,
            leftOut: try DumpContents.LeftOut(on: connection),
            schema: configuration.schema
        )
    }
}
