import Postgres
import SQLSyntax

/// What in a statement begins again in each chunk.
struct StatementFindings {
    private let backfill: Backfill
    private let source: SourceTable
    private let catalog: Catalog

    init(_ backfill: Backfill, _ source: SourceTable, asking catalog: Catalog) {
        (self.backfill, self.source, self.catalog) = (backfill, source, catalog)
    }

    /// The findings, in the order of the text.
    ///
    /// - Throws: ``BackfillError`` for the acknowledgement of something that is not there.
    func find() throws -> [Finding] {
        var findings: [Finding] = []
        if case .sql(let statement) = backfill.work {
            findings = try use(of: statement).restarts.map { finding($0, statement) }
        }
        for acknowledged in backfill.acknowledgements
        where !findings.contains(where: { $0.id == acknowledged.id }) {
            throw BackfillError.unusableStatement(
                backfill: backfill.name,
                place: acknowledged.place,
                reason: "it acknowledges \(acknowledged.id), but there is no such warning: remove the line"
            )
        }
        return findings
    }

    /// What the statement makes of `chunk`, with the aggregates that the database knows.
    func use(of statement: SQLText) throws -> ChunkUse {
        do {
            let names = try StatementShape(statement.text).allNames
            let found = try catalog.query(
                CatalogStatements.aggregates(among: names.sorted()),
                as: String.self
            )
            let key = (source.parts.first?.key ?? source.key).exposed
            return try ChunkUse(
                statement.text,
                key: key,
                aggregates: ChunkUse.builtInAggregates.union(found)
            )
        } catch let error as ShapeError {
            throw BackfillError.unusableStatement(error, backfill, statement)
        }
    }

    private func finding(_ restart: ChunkUse.Restart, _ statement: SQLText) -> Finding {
        let id: String
        let what: String
        switch restart.kind {
        case .window: (id, what) = ("W20", "the window function \(restart.name)")
        case .limit: (id, what) = ("W21", restart.name)
        case .aggregate: (id, what) = ("W22", "the aggregate \(restart.name)")
        case .distinctOn: (id, what) = ("W23", restart.name)
        }
        let place = statement.place(line: restart.location.line, column: restart.location.column)
        return Finding(
            id: id,
            severity: .warning,
            text:
                "\(what) at \(place) begins again in each chunk, so the result depends on the size of the chunks",
            place: place,
            acknowledgement: backfill.acknowledgements.first { $0.id == id }?.reason
        )
    }
}

extension BackfillError {
    /// A text that cannot be used, with its place in the author's file.
    static func unusableStatement(_ error: ShapeError, _ backfill: Backfill, _ text: SQLText) -> BackfillError
    {
        unusable(error.message, at: error.location, backfill, text)
    }

    static func unusable(
        _ reason: String,
        at location: SourceLocation?,
        _ backfill: Backfill,
        _ text: SQLText
    ) -> BackfillError {
        .unusableStatement(
            backfill: backfill.name,
            place: location.map { text.place(line: $0.line, column: $0.column) } ?? text.place,
            reason: reason
        )
    }
}
