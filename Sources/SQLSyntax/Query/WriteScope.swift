/// One UPDATE, DELETE or INSERT of a statement, read: what it can speak of, and what its conditions make equal.
struct WriteScope {
    /// The instance that stands for the table that is written to.
    static let target = 0

    let parsed: ParsedWrite
    let tables: CommonTables
    /// The names that its conditions and expressions can use; empty for an INSERT.
    private(set) var names = NameScope()

    /// Reads a write.
    ///
    /// - Parameter table: its place in the WITH of the statement; `nil` for the statement itself.
    init(_ parsed: ParsedWrite, table: Int?, of statement: ParsedStatement, reader: QueryReader) {
        self.parsed = parsed
        let relation = CommonTables()
        relation.add(reader.relation, .chunk)
        let around = reader.read(statement.with?.visible(to: table), of: statement.tokens, within: relation)
        let own = table == nil ? nil : try? WithList(parsed.tokens, at: 0)
        tables = reader.read(own ?? nil, of: parsed.tokens, within: around)
        if parsed.write.verb == .insert {
            readSource(reader)
        } else {
            readConditions(reader)
        }
    }

    private func readSource(_ reader: QueryReader) {
        guard let query = parsed.clauses.query, !query.isEmpty else { return }
        _ = reader.read(parsed.tokens[query], within: tables, outer: [])
    }

    private mutating func readConditions(_ reader: QueryReader) {
        let (tokens, clauses) = (parsed.tokens, parsed.clauses)
        // The relations of FROM cannot speak of the target.
        let isUnderstood = reader.read(from: clauses.from, of: tokens, tables, outer: [], into: &names)
        let target = RelationColumns(
            known: reader.columns.map { ($0, ColumnTerm(instance: Self.target, column: $0)) },
            others: Self.target
        )
        names.relations.append((parsed.write.target.reference, target))
        guard isUnderstood, let filter = clauses.filter else { return }
        reader.holds(tokens, filter, tables, [names])
    }
}
