import Control
import Postgres

/// Looks who else may know that the files of a folder were applied in a database: another tool, or this one with another schema.
struct LedgerSearch {
    private let own: OtherSchemaGuard
    private let foreign: ForeignLedgerGuard

    init(_ directory: MigrationDirectory, schema: ControlSchema) {
        own = OtherSchemaGuard(directory.migrations, schema: schema)
        foreign = ForeignLedgerGuard(layout: directory.layout)
    }

    /// Asks for the tables that may be ledgers, for those who ask for more in the same round trip.
    var questions: [SQL] { [ControlTables.question] + foreign.questions }

    /// Reads the ledgers that there are, mostly none.
    /// - Parameter answers: those to ``questions``.
    /// - Throws: `PostgresError`.
    func find(in answers: [ResultSet], on connection: Connection) throws -> AdoptionError? {
        guard let first = answers.first else { return nil }
        return try own.find(among: ControlTables(in: first), on: connection)
            ?? foreign.find(in: Array(answers.dropFirst()), on: connection)
    }
}

/// A database that has no tables of this tool, and has not had since the lock was taken.
struct EmptyDatabase {
    /// What was asked in the same message; nothing where nothing was.
    let answers: [ResultSet]?
}
