import Postgres

/// Everything that can be known before the first row is touched.
struct Preflight {
    private let backfill: Backfill
    private let atEnd: RunOptions.AtEnd
    let connection: Connection

    /// - Parameter atEnd: what the run will do about rows that arrive.
    init(_ backfill: Backfill, atEnd: RunOptions.AtEnd = .finish, on connection: Connection) {
        self.backfill = backfill
        self.atEnd = atEnd
        self.connection = connection
    }

    /// Checks the texts, the table, its key, the statement and the sink; writes nothing.
    ///
    /// - Throws: ``BackfillError`` for what cannot be run.
    func check() throws -> SourceTable {
        let texts = DefinitionTexts(backfill)
        try texts.check()
        let source = try SourceTableLookup(backfill, on: connection).resolve()
        switch backfill.work {
        case .sql(let statement):
            try check(statement, source)
        case .rows(let rows):
            _ = try RowWork(rows, definition: backfill, source: source, on: connection)
        }
        try texts.parse(source, on: connection)
        _ = try findings(source)
        return source
    }

    /// What the author should know before the run.
    ///
    /// - Throws: ``BackfillError`` for the acknowledgement of something that is not there.
    func findings(_ source: SourceTable) throws -> [Finding] {
        try StatementFindings(backfill, source, on: connection).find()
    }

    /// Has the server parse the statement in each form in which it will be sent.
    private func check(_ statement: SQLText, _ source: SourceTable) throws {
        let rules = StatementRules(backfill: backfill, statement: statement, source: source, atEnd: atEnd)
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
