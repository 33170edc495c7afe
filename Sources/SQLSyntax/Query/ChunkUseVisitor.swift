/// Goes through all queries of a statement, with what each can speak of.
final class ChunkUseVisitor {
    private let relation: String
    private let key: [String]
    private let aggregates: Set<String>
    private(set) var restarts: Set<ChunkUse.Restart> = []
    private(set) var takenNames: Set<SourceLocation> = []
    /// In an INSERT that adds to the row that is there, parts of a sum are as good as the whole.
    private var addsUp = false

    init(relation: String, key: [String], aggregates: Set<String>) {
        (self.relation, self.key, self.aggregates) = (relation, key, aggregates)
    }

    /// Visits one of the writes of a statement.
    func visit(_ parsed: ParsedWrite, table: Int?, of statement: ParsedStatement) {
        let reader = QueryReader(relation: relation, columns: key)
        reader.inspect = { [weak reader] scope in
            guard let reader else { return }
            self.inspect(scope, reader)
        }
        reader.named = { name, tokens, index in
            if name == self.relation { self.takenNames.insert(tokens.location(index)) }
        }
        addsUp = parsed.clauses.addsUp(parsed.tokens)
        if parsed.write.target.alias == relation {
            takenNames.insert(
                SourceLocation(offset: parsed.write.target.range.upperBound, in: parsed.tokens.bytes)
            )
        }
        let scope = WriteScope(parsed, table: table, of: statement, reader: reader)
        let expressions = parsed.write.verb == .insert ? parsed.clauses.conflict : 0..<parsed.tokens.count
        visitQueries(in: expressions ?? 0..<0, parsed, scope, reader)
    }

    /// The queries in SET, RETURNING and the like; those of FROM and of an own WITH were met there.
    private func visitQueries(
        in range: Range<Int>,
        _ parsed: ParsedWrite,
        _ scope: WriteScope,
        _ reader: QueryReader
    ) {
        let tokens = parsed.tokens
        let start = (try? WithList(tokens, at: 0))??.end ?? 0
        let skipped = parsed.clauses.from ?? 0..<0
        for part in [
            range.clamped(to: start..<max(start, skipped.lowerBound)),
            range.clamped(to: max(start, skipped.upperBound)..<max(start, skipped.upperBound, tokens.count)),
        ] {
            for query in tokens.queries(in: part) {
                _ = reader.forgetting {
                    reader.read(tokens[query], within: scope.tables, outer: [scope.names])
                }
            }
        }
    }

    // MARK: one SELECT

    private func inspect(_ scope: SelectScope, _ reader: QueryReader) {
        let (tokens, select) = (scope.tokens, scope.select)
        if scope.isOverChunk {
            let keys = KeyHolding(scope, reader)
            if !keys.isPinned { check(scope, keys) }
        }
        for range in [select.list, select.filter, select.group, select.having, select.order] {
            for query in tokens.queries(in: range ?? 0..<0) {
                _ = reader.forgetting {
                    reader.read(tokens[query], within: scope.tables, outer: scope.scopes)
                }
            }
        }
    }

    private func check(_ scope: SelectScope, _ keys: KeyHolding) {
        let (tokens, select) = (scope.tokens, scope.select)
        for index in select.limits where tokens.limits(at: index) {
            note(.limit, tokens.text(index).uppercased(), tokens, index)
        }
        if let on = select.distinctOn, !keys.hold(tokens.list(on)) {
            note(.distinctOn, "DISTINCT ON", tokens, on.lowerBound - 3)
        }
        let calls = [select.list, select.having, select.order].compactMap(\.self).flatMap {
            tokens.calls(in: $0, aggregates: aggregates)
        }
        for call in calls {
            guard let window = call.window else { continue }
            let partition = tokens.partition(of: window, named: select.windows)
            if !keys.hold(partition) { note(.window, tokens.text(call.index), tokens, call.index) }
        }
        guard !addsUp, let aggregate = calls.first(where: \.isAggregate) else { return }
        if !keys.hold(groups(scope)) {
            note(.aggregate, tokens.text(aggregate.index), tokens, aggregate.index)
        }
    }

    /// The expressions of GROUP BY; those that are given by number or by label are looked up.
    private func groups(_ scope: SelectScope) -> [Range<Int>] {
        let tokens = scope.tokens
        let items = tokens.list(scope.select.list)
        return tokens.list(scope.select.group ?? 0..<0).flatMap { group -> [Range<Int>] in
            guard let first = group.first else { return [] }
            if let inside = tokens.enclosed(group) { return tokens.list(inside) }
            if group.count == 1, tokens.kind(first) == .number, let number = Int(tokens.text(first)),
                items.indices.contains(number - 1)
            {
                return [items[number - 1]]
            }
            let labelled = items.filter { item in
                item.count > 1 && group.count == 1 && tokens.tokens[item.upperBound - 1].isName
                    && tokens.tokens[first].isName && tokens.name(item.upperBound - 1) == tokens.name(first)
            }
            return [group] + labelled
        }
    }

    private func note(
        _ kind: ChunkUse.Restart.Kind,
        _ name: String,
        _ tokens: SignificantTokens,
        _ index: Int
    ) {
        restarts.insert(.init(kind: kind, name: name, location: tokens.location(index)))
    }
}

/// Whether expressions of a SELECT hold the whole key of a row of the chunk.
struct KeyHolding {
    private let scope: SelectScope
    private let reader: QueryReader
    private let classes: ColumnClasses

    init(_ scope: SelectScope, _ reader: QueryReader) {
        (self.scope, self.reader) = (scope, reader)
        classes = ColumnClasses(reader.equalities)
    }

    private var ownChunks: [Int] { reader.chunks.filter { $0 >= scope.firstInstance } }

    /// It looks at the rows of one key that comes from outside.
    var isPinned: Bool {
        guard !scope.outer.isEmpty else { return false }
        let outside = reader.equalities.flatMap { [$0.0, $0.1] }.filter { $0.instance < scope.firstInstance }
        return ownChunks.contains { chunk in
            reader.columns.allSatisfy { column in
                outside.contains { classes.areEqual($0, ColumnTerm(instance: chunk, column: column)) }
            }
        }
    }

    /// Whether each column of the key is among the expressions, in a plain form.
    func hold(_ expressions: [Range<Int>]) -> Bool {
        let columns = expressions.compactMap { column($0) }
        let byName = reader.columns.allSatisfy { key in
            columns.contains { column in
                column.name == key && (column.term.map { reader.written.contains($0.instance) } ?? true)
            }
        }
        return byName
            || ownChunks.contains { chunk in
                reader.columns.allSatisfy { key in
                    columns.compactMap(\.term).contains {
                        classes.areEqual($0, ColumnTerm(instance: chunk, column: key))
                    }
                }
            }
    }

    private func column(_ range: Range<Int>) -> (name: String, term: ColumnTerm?)? {
        guard let (qualifier, name, end) = scope.tokens.column(range) else { return nil }
        // A label may follow in the list of what is selected.
        guard end == range.upperBound || range.upperBound - end <= 2 else { return nil }
        return (name, NameScope.term(qualifier, name, in: scope.scopes))
    }
}
