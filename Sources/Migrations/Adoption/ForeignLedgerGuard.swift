import Postgres

/// Keeps an empty ledger from starting at the first file where another tool has been at work.
struct ForeignLedgerGuard {
    let layout: MigrationLayout

    /// The tools that may have run the files before, by the way they are written.
    private var tools: [MigrationTool] {
        switch layout {
        case .native, .dbmate: [.dbmate]
        case .golangMigrate, .sqlx: [.golangMigrate, .sqlx]
        case .goose: [.goose]
        case .flyway: [.flyway]
        case .diesel: [.diesel]
        case .tern: [.tern]
        case .sqlMigrate: [.sqlMigrate]
        }
    }

    /// Asks for the tables that may be theirs, for those who ask for more in the same round trip.
    var questions: [SQL] { tools.map { AdoptionStatements.tables(named: $0.usualTable) } }

    /// `AdoptionError.notAdopted` when one of them has applied something.
    /// - Parameter answers: those to ``questions``. A tool that has no table is not asked about any further.
    /// - Throws: `PostgresError`.
    func find(in answers: [ResultSet], on connection: Connection) throws -> AdoptionError? {
        for (tool, tables) in zip(tools, answers) where !tables.isEmpty {
            do {
                let ledger = try ForeignLedger(AdoptionRequest(from: tool), on: connection)
                let count = try ledger.records(on: connection).count
                if count > 0 { return .notAdopted(tool, table: "\(ledger.table.identifier)", rows: count) }
            } catch is AdoptionError {
                // There is no ledger of this tool.
            } catch let error as PostgresError where error.sqlState == .insufficientPrivilege {
                // A table that this role may not read is not its ledger.
            }
        }
        return nil
    }
}
