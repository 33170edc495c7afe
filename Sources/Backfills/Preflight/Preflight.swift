import Postgres
import SQLSyntax

/// Everything that can be known before the first row is touched.
struct Preflight {
    private let backfill: Backfill
    private let atEnd: RunOptions.AtEnd
    let connection: Connection
    private let catalog: Catalog

    /// - Parameter atEnd: what the run will do about rows that arrive.
    init(_ backfill: Backfill, atEnd: RunOptions.AtEnd = .finish, on connection: Connection) {
        self.backfill = backfill
        self.atEnd = atEnd
        self.connection = connection
        catalog = Catalog(on: connection)
    }

    /// Checks the texts, the table, its key, the statement and the sink; writes nothing.
    ///
    /// - Throws: ``BackfillError`` for what cannot be run.
    func check() throws -> SourceTable {
        let texts = DefinitionTexts(backfill)
        try texts.check()
        try askAhead()
        let source = try SourceTableLookup(backfill, asking: catalog).resolve()
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
        try StatementFindings(backfill, source, asking: catalog).find()
    }

    /// Asks in two round trips for what would take a dozen one by one: where the names lead to, and what these tables are.
    private func askAhead() throws {
        var shape: StatementShape?
        // What is wrong with the text is said by those who need it.
        if case .sql(let statement) = backfill.work { shape = try? StatementShape(statement.text) }
        let targets = (shape?.writes ?? []).map { Identifier(parts: $0.target.parts) }
        let aggregates = (shape?.allNames).map { CatalogStatements.aggregates(among: $0.sorted()) }
        try catalog.prepare(
            ([backfill.table] + targets).map(CatalogStatements.table) + (aggregates.map { [$0] } ?? [])
        )
        let facts = TableFacts(catalog)
        guard let walked = try facts.table(backfill.table)?.oid else { return }
        var questions = SourceTableLookup.questions(about: walked)
        if shape != nil {
            questions += MovingColumns.questions(about: walked)
            questions += [
                CatalogStatements.cascades(into: walked), ChunkStatements.hasTriggerBeforeUpdate(on: walked),
            ]
        }
        for target in targets {
            if let oid = try facts.table(target)?.oid { questions.append(CatalogStatements.reached(by: oid)) }
        }
        try catalog.prepare(questions)
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
                on: connection,
                asking: catalog
            )
            try rules.check(work, asking: catalog)
            try work.checkStatement(on: connection)
        }
    }
}
