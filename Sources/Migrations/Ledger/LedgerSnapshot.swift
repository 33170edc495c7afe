import Control
public import Postgres

/// The ledger of a database as it was at one moment.
///
/// Read it while the files are still being read, and hand it to ``Migrator``: to connect and to ask the first question take
/// about as long as to read some hundred files, and neither needs the other.
public struct LedgerSnapshot: Sendable {
    let schema: ControlSchema
    let applied: [AppliedMigration]

    /// Reads the ledger. Writes nothing and takes no lock.
    /// - Throws: `PostgresError`, `LedgerError`, or `ControlError` when a newer tool made the ledger.
    public init(of configuration: MigratorConfiguration, on connection: Connection) throws {
        schema = configuration.schema
        applied = try Ledger(schema: configuration.schema).read(on: connection)
    }
}
