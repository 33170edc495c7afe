import Postgres

/// Everything that can be known before the first row is touched.
struct Preflight {
    private let backfill: Backfill
    let connection: Connection

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
            try check(statement, source)
        case .rows(let rows):
            _ = try RowWork(rows, definition: backfill, source: source, on: connection)
        }
        return source
    }

    /// Has the server parse the statement in each form in which it will be sent.
    private func check(_ statement: SQLText, _ source: SourceTable) throws {
        let rules = StatementRules(backfill: backfill, statement: statement, source: source)
        let first = source.parts.first?.key ?? source.key
        for key in source.key.nullable.isEmpty ? [first] : [first, first.ordered(.nulls)] {
            let work = try SQLWork(
                backfill,
                statement: statement,
                source: source,
                key: key,
                limit: 1,
                on: connection
            )
            try rules.check(work, on: connection)
            try work.checkStatement(on: connection)
        }
    }
}
