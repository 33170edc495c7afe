/// One SELECT, read: what it can speak of, and what it returns.
struct SelectScope {
    let select: SelectText
    let tokens: SignificantTokens
    let tables: CommonTables
    let outer: [NameScope]
    /// The occurrences of relations before it: terms of those come from outside.
    let firstInstance: Int
    private(set) var names = NameScope()
    /// FROM was understood.
    private(set) var isUnderstood = true
    /// Its rows, or the rows that it looks at, are made of those of the chunk.
    private(set) var isOverChunk = false
    private(set) var output = RelationColumns.unknown

    init(
        _ select: SelectText,
        _ tokens: SignificantTokens,
        _ tables: CommonTables,
        _ outer: [NameScope],
        reader: QueryReader
    ) {
        (self.select, self.tokens, self.tables, self.outer) = (select, tokens, tables, outer)
        firstInstance = reader.instanceCount
        isUnderstood = reader.read(from: select.from, of: tokens, tables, outer: outer, into: &names)
        isOverChunk = names.relations.contains(where: \.columns.isOverChunk)
        if !isUnderstood, let from = select.from {
            isOverChunk = tokens.names(in: from).contains(reader.relation)
        }
        if let filter = select.filter, isUnderstood {
            let isRestricted = reader.holds(tokens, filter, tables, scopes)
            isOverChunk = isOverChunk || isRestricted
        }
        if isUnderstood { output = readOutput() }
        output.isOverChunk = isOverChunk
    }

    /// The names of this level and of those around it.
    var scopes: [NameScope] { outer + [names] }

    /// Every row that comes out comes from one that fulfils WHERE. An aggregate without GROUP BY returns a row whatever
    /// there is, and so do some grouping sets.
    var keepsConditions: Bool {
        if let group = select.group { return isPlain(group) }
        guard select.having == nil else { return false }
        // A plain column beside an aggregate would be an error.
        return hasOwnColumn || !hasCall(select.list) && !hasCall(select.order ?? 0..<0)
    }

    /// Neither ROLLUP, CUBE, GROUPING SETS nor the empty grouping `()`.
    private func isPlain(_ group: Range<Int>) -> Bool {
        !group.contains { index in
            tokens.isKeyword(index, "ROLLUP") || tokens.isKeyword(index, "CUBE")
                || tokens.isKeyword(index, "GROUPING")
                || tokens.kind(index) == .openParenthesis && tokens.kind(index + 1) == .closeParenthesis
        }
    }

    private func hasCall(_ range: Range<Int>) -> Bool {
        range.contains { tokens.kind($0) == .openParenthesis }
    }

    private var hasOwnColumn: Bool {
        output.known.contains { ($0.term?.instance ?? 0) >= firstInstance }
    }

    // MARK: what it returns

    private func readOutput() -> RelationColumns {
        var output = RelationColumns(isComplete: true, isOrdered: true)
        if let group = select.group, !isPlain(group) { return .unknown }
        guard !select.isTable else { return star(nil) }
        for item in tokens.list(select.list) where !item.isEmpty { add(item, to: &output) }
        return output
    }

    private func add(_ item: Range<Int>, to output: inout RelationColumns) {
        if isStar(item.upperBound - 1, item) {
            let found = star(item.count == 3 ? tokens.name(item.lowerBound) : nil)
            output.known += found.known
            output.isComplete = output.isComplete && found.isComplete
            output.isOrdered = output.isOrdered && found.isOrdered && found.isComplete
            output.others = output.others == nil ? found.others : nil
            return
        }
        guard let (qualifier, name, end) = tokens.column(item) else {
            return add(label: label(item), nil, to: &output)
        }
        let term = NameScope.term(qualifier, name, in: scopes)
        if end == item.upperBound { return add(label: name, term, to: &output) }
        let isLabelled = label(item) != nil && item.upperBound - end <= 2
        add(label: label(item), isLabelled ? term : nil, to: &output)
    }

    private func add(label: String?, _ term: ColumnTerm?, to output: inout RelationColumns) {
        // A column whose name cannot be told takes a place all the same.
        output.known.append((label ?? "?column?", term))
        if label == nil { output.isComplete = false }
    }

    /// `AS name`, or a name behind an expression.
    private func label(_ item: Range<Int>) -> String? {
        let last = item.upperBound - 1
        guard last > item.lowerBound, tokens.tokens[last].isName else { return nil }
        if tokens.isKeyword(last - 1, "AS") { return tokens.name(last) }
        // `a b`, but not `a::b`, `a.b` or `CASE ... END`.
        let isExpressionEnd =
            tokens.tokens[last - 1].isName && item.count == 2 || tokens.kind(last - 1) == .closeParenthesis
            || item.count == 4 && tokens.kind(item.lowerBound + 1) == .dot && tokens.tokens[last - 1].isName
        return isExpressionEnd ? tokens.name(last) : nil
    }

    private func isStar(_ index: Int, _ item: Range<Int>) -> Bool {
        tokens.kind(index) == .operator && tokens.text(index) == "*"
            && (item.count == 1 || item.count == 3 && tokens.kind(index - 1) == .dot)
    }

    private func star(_ alias: String?) -> RelationColumns {
        let chosen = names.relations.filter { alias == nil || $0.alias == alias }
        // Merged columns come first and once.
        guard alias == nil else { return chosen.count == 1 ? chosen[0].columns : .unknown }
        guard !names.isBlurred else { return .unknown }
        var result = RelationColumns(isComplete: chosen.allSatisfy(\.columns.isComplete))
        result.isOrdered = result.isComplete && names.merged.isEmpty && chosen.allSatisfy(\.columns.isOrdered)
        result.known = names.merged.map { ($0.name, $0.term) }
        let merged = Set(names.merged.map(\.name))
        result.known += chosen.flatMap(\.columns.known).filter { !merged.contains($0.name) }
        let open = chosen.compactMap(\.columns.others)
        let isTold = chosen.allSatisfy { $0.columns.isComplete || $0.columns.others != nil }
        result.others = open.count == 1 && isTold ? open[0] : nil
        return result
    }
}

extension SignificantTokens {
    /// `name` or `alias.name` at the beginning of a range, and where it ends.
    func column(_ range: Range<Int>) -> (qualifier: String?, name: String, end: Int)? {
        guard let first = range.first, tokens[first].isName else { return nil }
        guard first + 1 < range.upperBound, kind(first + 1) == .dot else {
            return (nil, name(first), first + 1)
        }
        guard first + 2 < range.upperBound, tokens[first + 2].isName else { return nil }
        return (name(first), name(first + 2), first + 3)
    }
}
