import Postgres

/// Everything that can be known before the first row is touched.
struct Preflight {
    private let backfill: Backfill
    private let connection: Connection

    init(_ backfill: Backfill, on connection: Connection) {
        self.backfill = backfill
        self.connection = connection
    }

    /// Checks the table, its key, the statement and the sink; writes nothing.
    ///
    /// - Throws: ``BackfillError`` for what cannot be run.
    func check() throws -> SourceTable {
        let source = try SourceTableLookup(backfill, on: connection).resolve()
        switch backfill.work {
        case .sql(let statement):
            let work = try SQLWork(backfill, statement: statement, source: source, limit: 1, on: connection)
            try work.checkStatement(on: connection)
        case .rows(let rows):
            _ = try RowWork(rows, definition: backfill, source: source, on: connection)
        }
        return source
    }
}
