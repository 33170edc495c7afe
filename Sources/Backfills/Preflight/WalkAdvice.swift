import Postgres

/// What is worth knowing about the order in which a table is walked.
struct WalkAdvice {
    /// Below this correlation between key and place nearly every row of a chunk lies on a page of its own.
    private static let scattered = 0.2
    /// A smaller table stays in memory, and its pages are in the log once between two checkpoints whatever the order.
    private static let smallTable = 10_000

    private let source: SourceTable
    private let connection: Connection

    init(_ source: SourceTable, on connection: Connection) {
        self.source = source
        self.connection = connection
    }

    /// The sentences.
    func notes() throws -> [String] {
        try scatteredKey().map { [$0] } ?? []
    }

    private func scatteredKey() throws -> String? {
        guard source.order == .key, source.pages >= Self.smallTable, let first = source.key.columns.first,
            let part = source.parts.max(by: { $0.pages < $1.pages })
        else { return nil }
        let statement = CatalogStatements.correlation(ofTable: part.oid, column: first.name)
        let found = try connection.queryOptional(statement, as: Double?.self)
        guard let correlation = found ?? nil, abs(correlation) < Self.scattered else { return nil }
        return """
            Rows that follow each other by \(first.name) lie on different pages, and the first change of a page after a \
            checkpoint writes the whole page to the log. "key: ctid" walks by the places of the rows: measured, a tenth \
            of the log where pages have room for new versions (fillfactor), half of it where they are full and \
            checkpoints frequent, and no gain where there is none in the meantime. It needs a "where:" that a done row \
            no longer fulfils.
            """
    }
}
