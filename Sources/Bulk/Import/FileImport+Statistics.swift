package import Postgres

extension FileImport {
    /// Whether the planner is told what is in the table when the import is over.
    public enum Statistics: Hashable, Sendable {
        /// Where so many rows are new or different that the server itself would do it, some time later (manual, 25.1.3 "Updating
        /// Planner Statistics"): 50 and a tenth of the table. Until then a table of a million new rows is planned as an empty one.
        case whereWorthwhile
        /// Left to the server.
        case never
    }

    /// Runs ANALYZE where it is worthwhile. The rows are stored by then, so nothing that goes wrong here is an error of the import:
    /// who does not own the table may not do it, and a lock may be in the way.
    package func refreshStatistics(after changed: Int, on connection: Connection) throws {
        guard statistics == .whereWorthwhile, changed > 0, connection.transactionStatus == .idle else {
            return
        }
        let table = try targetTable(on: connection).name
        do {
            guard
                try connection.queryOptional(StatisticsStatements.isWorthwhile(table, changed), as: Bool.self)
                    ?? false
            else { return }
            try connection.transaction(of: [
                StatisticsStatements.briefly, StatisticsStatements.analyze(table),
            ])
        } catch let error as PostgresError where !error.isConnectionLost {
            return
        }
    }
}

/// What keeps the planner informed.
private enum StatisticsStatements {
    /// Only for those who may: for others ANALYZE is a warning that helps nobody.
    static func isWorthwhile(_ table: Identifier, _ changed: Int) -> SQL {
        """
        SELECT \(changed)::pg_catalog.float8 OPERATOR(pg_catalog.>=) (
                   50::pg_catalog.float8 OPERATOR(pg_catalog.+) (
                       0.1::pg_catalog.float8
                       OPERATOR(pg_catalog.*) greatest(class.reltuples::pg_catalog.float8, 0::pg_catalog.float8)))
               AND pg_catalog.pg_has_role(class.relowner, 'USAGE') AND class.relkind IN ('r', 'p')
        FROM pg_catalog.pg_class AS class
        WHERE class.oid = pg_catalog.to_regclass(\(table.quoted))::pg_catalog.oid
        """
    }

    /// Whoever has the table in hands goes first.
    static let briefly: SQL = "SET LOCAL lock_timeout = '1s'"

    static func analyze(_ table: Identifier) -> SQL { "ANALYZE \(identifier: table)" }
}
