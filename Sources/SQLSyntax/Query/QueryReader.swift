/// Reads queries for what their columns are copies of, and for what their conditions make equal.
///
/// What it says is so for every row that the query returns. Whatever is not understood adds nothing: outer joins, OR, NOT,
/// functions, unions.
final class QueryReader {
    /// The name of the relation that is asked about, and its columns.
    let relation: String
    let columns: [String]

    /// Columns that are equal in every row that is reached.
    private(set) var equalities: [(ColumnTerm, ColumnTerm)] = []
    /// The occurrences of the relation.
    private(set) var chunks: [Int] = []
    /// The occurrences of common tables that write rows of the chunk and return them.
    private(set) var written: Set<Int> = []
    /// Looks at each SELECT once its names are known.
    var inspect: ((SelectScope) -> Void)?
    /// Told of each name that is given to something.
    var named: ((_ name: String, _ place: SignificantTokens, _ index: Int) -> Void)?

    private var instances = 1
    private var depth = 0
    /// Nobody writes that many; a common table expression that is read twice by each of the next ones doubles them.
    private static let limit = 1000

    init(relation: String, columns: [String]) {
        self.relation = relation
        self.columns = columns
    }

    /// The occurrences so far: what was met later has greater numbers.
    var instanceCount: Int { instances }

    func newInstance() -> Int {
        defer { instances += 1 }
        return instances
    }

    /// Forgets what was found equal since, because it need not be so for every row.
    func forgetting<Value>(_ body: () -> Value) -> Value {
        let count = equalities.count
        defer { equalities.removeSubrange(count...) }
        return body()
    }

    func equate(_ left: ColumnTerm, _ right: ColumnTerm) {
        equalities.append((left, right))
    }

    // MARK: queries

    /// Adds the common tables of a WITH.
    func read(_ with: WithList?, of tokens: SignificantTokens, within outer: CommonTables) -> CommonTables {
        guard let with else { return outer }
        let all = CommonTables(outer)
        var visible = with.isRecursive ? all : outer
        for table in with.tables {
            named?(table.name, tokens, table.nameIndex)
            let body = tokens[table.body]
            // Each sees those before it; with RECURSIVE, all of them.
            let definition = definition(body, table.columns, within: visible)
            if with.isRecursive {
                all.add(table.name, definition)
            } else {
                let next = CommonTables(visible)
                next.add(table.name, definition)
                visible = next
            }
        }
        return with.isRecursive ? all : visible
    }

    private func definition(
        _ body: SignificantTokens,
        _ columns: [String],
        within tables: CommonTables
    ) -> CommonTables.Definition {
        guard body.count > 0 else { return .other(isOverChunk: false) }
        let start = (try? WithList(body, at: 0))??.end ?? 0
        for verb in ["UPDATE", "DELETE", "INSERT", "MERGE"] as [StaticString]
        where body.isKeyword(start, verb) {
            return .other(isOverChunk: body.names.contains(relation))
        }
        return .query(body, columns: columns, within: tables)
    }

    /// The columns of a query. What its conditions make equal is kept if every row of it fulfils them.
    func read(_ text: SignificantTokens, within tables: CommonTables, outer: [NameScope]) -> RelationColumns {
        guard depth < 40, instances < Self.limit, let query = QueryText(text) else {
            return RelationColumns(isOverChunk: text.names.contains(relation))
        }
        depth += 1
        defer { depth -= 1 }
        let tables = read(query.with, of: query.tokens, within: tables)
        guard query.branches.count > 1 else {
            return read(query.branches[0], of: query.tokens, tables, outer)
        }
        let parts = query.branches.map { branch in
            forgetting { read(branch, of: query.tokens, tables, outer) }
        }
        return RelationColumns(isOverChunk: parts.contains(where: \.isOverChunk))
    }

    private func read(
        _ branch: QueryText.Branch,
        of tokens: SignificantTokens,
        _ tables: CommonTables,
        _ outer: [NameScope]
    ) -> RelationColumns {
        switch branch {
        case .nested(let range): return read(tokens[range], within: tables, outer: outer)
        case .other: return .unknown
        case .select(let select):
            let count = equalities.count
            let scope = SelectScope(select, tokens, tables, outer, reader: self)
            inspect?(scope)
            if !scope.keepsConditions { equalities.removeSubrange(count...) }
            return scope.output
        }
    }

    // MARK: FROM

    /// Adds the relations of a FROM to a scope; `false` where it is not understood.
    func read(
        from range: Range<Int>?,
        of tokens: SignificantTokens,
        _ tables: CommonTables,
        outer: [NameScope],
        into scope: inout NameScope
    ) -> Bool {
        guard let range else { return true }
        guard let items = FromReader.read(tokens, range) else { return false }
        for item in items { read(item, of: tokens, tables, outer, &scope) }
        return true
    }

    private func read(
        _ item: FromItem,
        of tokens: SignificantTokens,
        _ tables: CommonTables,
        _ outer: [NameScope],
        _ scope: inout NameScope
    ) {
        switch item {
        case .relation(let parts, let alias):
            let found = parts.count == 1 ? tables.find(parts[0]) : nil
            if !isRelation(found) { note(alias, tokens) }
            if parts.count > 1, alias == nil, let index = place(of: parts, tokens) {
                named?(parts[parts.count - 1], tokens, index)
            }
            register(alias, parts.last ?? "", columns(of: found), in: &scope)
        case .query(let range, let alias, let isLateral):
            note(alias, tokens)
            let found = read(tokens[range], within: tables, outer: isLateral ? outer + [scope] : outer)
            register(alias, "", found, in: &scope)
        case .other(let alias):
            note(alias, tokens)
            register(alias, "", .unknown, in: &scope)
        case .named(let inner, let alias):
            note(alias, tokens)
            var hidden = NameScope()
            forgetting { read(inner, of: tokens, tables, outer, &hidden) }
            let isOverChunk = hidden.relations.contains(where: \.columns.isOverChunk)
            register(alias, "", RelationColumns(isOverChunk: isOverChunk), in: &scope)
        case .join(let join, let left, let right):
            read(join, left, right, of: tokens, tables, outer, &scope)
        }
    }

    /// Where a table is named with its schema.
    private func place(of parts: [String], _ tokens: SignificantTokens) -> Int? {
        tokens.tokens.indices.first { index in
            tokens.kind(index + 1) == .dot
                && tokens.column(index..<tokens.count)?.name == parts[parts.count - 1]
                && tokens.tokens[index].isName && tokens.name(index) == parts[parts.count - 2]
        }
    }

    private func isRelation(_ found: CommonTables.Definition?) -> Bool {
        if case .chunk? = found { true } else { false }
    }

    private func note(_ alias: FromItem.Alias?, _ tokens: SignificantTokens) {
        if let alias { named?(alias.name, tokens, alias.index) }
    }

    private func register(
        _ alias: FromItem.Alias?,
        _ name: String,
        _ columns: RelationColumns,
        in scope: inout NameScope
    ) {
        scope.relations.append((alias?.name ?? name, columns.renamed(alias?.columns ?? [])))
    }

    private func columns(of definition: CommonTables.Definition?) -> RelationColumns {
        switch definition {
        case .chunk?:
            let instance = newInstance()
            chunks.append(instance)
            return RelationColumns(
                known: columns.map { ($0, ColumnTerm(instance: instance, column: $0)) },
                isComplete: true,
                isOrdered: true,
                isOverChunk: true
            )
        case .query(let text, let names, let tables)?:
            return read(text, within: tables, outer: []).renamed(names)
        case .other(let isOverChunk)?:
            let instance = newInstance()
            if isOverChunk { written.insert(instance) }
            return RelationColumns(others: instance, isOverChunk: isOverChunk)
        case nil: return RelationColumns(others: newInstance())
        }
    }

    // MARK: joins

    private func read(
        _ join: FromItem.Join,
        _ left: FromItem,
        _ right: FromItem,
        of tokens: SignificantTokens,
        _ tables: CommonTables,
        _ outer: [NameScope],
        _ scope: inout NameScope
    ) {
        let start = scope.relations.count
        side(left, isNullable: join.kind == .right || join.kind == .full, of: tokens, tables, outer, &scope)
        let middle = scope.relations.count
        side(right, isNullable: join.kind == .left || join.kind == .full, of: tokens, tables, outer, &scope)
        switch join.condition {
        case .none: break
        case .natural: scope.isBlurred = true
        case .on(let range):
            // The items before this one cannot be spoken of here.
            let names = scope.part(start..<scope.relations.count)
            let body = { self.holds(tokens, range, tables, outer + [names]) }
            _ = join.kind == .inner ? body() : forgetting(body)
        case .using(let columns, let alias):
            merge(columns, join.kind, start..<middle, middle..<scope.relations.count, &scope)
            if let alias {
                note(alias, tokens)
                scope.relations.append((alias.name, .unknown))
                scope.isBlurred = true
            }
        }
    }

    private func side(
        _ item: FromItem,
        isNullable: Bool,
        of tokens: SignificantTokens,
        _ tables: CommonTables,
        _ outer: [NameScope],
        _ scope: inout NameScope
    ) {
        guard isNullable else { return read(item, of: tokens, tables, outer, &scope) }
        let count = equalities.count
        read(item, of: tokens, tables, outer, &scope)
        equalities.removeSubrange(count...)
    }

    private func merge(
        _ columns: [String],
        _ kind: FromItem.Join.Kind,
        _ left: Range<Int>,
        _ right: Range<Int>,
        _ scope: inout NameScope
    ) {
        for column in columns {
            let (l, r) = (scope.joinTerm(column, in: left), scope.joinTerm(column, in: right))
            if kind == .inner, let l, let r { equate(l, r) }
            let merged: ColumnTerm? =
                switch kind {
                case .inner: l ?? r
                case .left: l
                case .right: r
                case .full: nil
                }
            scope.merged.append((column, merged, left.lowerBound..<right.upperBound))
        }
    }
}
