import Control
import Postgres

/// Keeps an empty ledger from starting at the first file where another tool has been at work.
struct ForeignLedgerGuard {
    let layout: MigrationLayout
    let schema: ControlSchema

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

    /// - Throws: `AdoptionError.notAdopted` when one of them has applied something; `PostgresError`.
    func check(on connection: Connection) throws {
        for tool in tools {
            let request = AdoptionRequest(from: tool)
            do {
                let ledger = try ForeignLedger(request, outside: schema, on: connection)
                let count = try ledger.records(on: connection).count
                guard count == 0 else {
                    throw AdoptionError.notAdopted(
                        tool,
                        table: "\(ledger.table.identifier)",
                        rows: count
                    )
                }
            } catch let error as AdoptionError {
                // Any other answer means that there is no ledger of this tool.
                if case .notAdopted = error { throw error }
            } catch let error as PostgresError where error.sqlState == .insufficientPrivilege {
                // A table that this role may not read is not its ledger.
            }
        }
    }
}
