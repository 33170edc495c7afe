extension QueryReader {
    /// Notes what a condition makes equal in every row for which it is true; whether it also restricts the rows by the chunk.
    @discardableResult
    func holds(
        _ tokens: SignificantTokens,
        _ range: Range<Int>,
        _ tables: CommonTables,
        _ scopes: [NameScope]
    ) -> Bool {
        if let inside = tokens.enclosed(range), !tokens.isQuery(inParenthesesAt: range.lowerBound) {
            return holds(tokens, inside, tables, scopes)
        }
        guard let parts = tokens.conjuncts(range) else { return false }
        guard parts.count > 1 else { return one(Condition(tokens, parts[0], tables, scopes)) }
        return parts.map { holds(tokens, $0, tables, scopes) }.contains(true)
    }

    /// A condition without AND at its top.
    struct Condition {
        let tokens: SignificantTokens
        let range: Range<Int>
        let tables: CommonTables
        let scopes: [NameScope]

        init(
            _ tokens: SignificantTokens,
            _ range: Range<Int>,
            _ tables: CommonTables,
            _ scopes: [NameScope]
        ) {
            (self.tokens, self.range, self.tables, self.scopes) = (tokens, range, tables, scopes)
        }
    }

    private func one(_ condition: Condition) -> Bool {
        let (tokens, range) = (condition.tokens, condition.range)
        if tokens.isKeyword(range.lowerBound, "EXISTS") {
            guard let query = query(at: range.lowerBound + 1, condition) else { return false }
            return read(query, within: condition.tables, outer: condition.scopes).isOverChunk
        }
        guard let (left, end) = columns(from: range.lowerBound, condition), end < range.upperBound else {
            return false
        }
        if tokens.isKeyword(end, "IN") {
            return query(at: end + 1, condition).map { member(left, of: $0, condition) } ?? false
        }
        guard tokens.kind(end) == .operator, tokens.text(end) == "=" else { return false }
        if let query = compared(at: end + 1, condition) { return member(left, of: query, condition) }
        guard let (right, last) = columns(from: end + 1, condition), last == range.upperBound,
            left.count == right.count
        else { return false }
        for case (let a?, let b?) in zip(left, right) { equate(a, b) }
        return false
    }

    /// `left IN (SELECT ...)`
    private func member(_ left: [ColumnTerm?], of query: SignificantTokens, _ condition: Condition) -> Bool {
        let found = read(query, within: condition.tables, outer: condition.scopes)
        // The columns are compared by their places, so all places must be known.
        if found.others == nil, found.known.count == left.count {
            for (a, column) in zip(left, found.known) {
                if let a, let b = column.term { equate(a, b) }
            }
        }
        return found.isOverChunk
    }

    /// `a`, `t.a`, `(t.a, t.b)` or `ROW(t.a, t.b)`, with what they are; and where it ends.
    private func columns(from start: Int, _ condition: Condition) -> (terms: [ColumnTerm?], end: Int)? {
        let tokens = condition.tokens
        var open = start
        if tokens.isKeyword(start, "ROW"), tokens.kind(start + 1) == .openParenthesis { open += 1 }
        guard tokens.kind(open) == .openParenthesis else {
            guard let column = tokens.column(start..<condition.range.upperBound) else { return nil }
            return ([NameScope.term(column.qualifier, column.name, in: condition.scopes)], column.end)
        }
        guard !tokens.isQuery(inParenthesesAt: open) else { return nil }
        let terms = tokens.list(tokens.inParentheses(at: open)).map { item -> ColumnTerm? in
            guard let column = tokens.column(item), column.end == item.upperBound else { return nil }
            return NameScope.term(column.qualifier, column.name, in: condition.scopes)
        }
        return (terms, tokens.skipParentheses(at: open))
    }

    /// `(SELECT ...)`, `ANY (SELECT ...)`, `SOME (SELECT ...)` or `ANY (ARRAY(SELECT ...))` up to the end of the condition.
    private func compared(at start: Int, _ condition: Condition) -> SignificantTokens? {
        let tokens = condition.tokens
        guard tokens.isKeyword(start, "ANY") || tokens.isKeyword(start, "SOME") else {
            return query(at: start, condition)
        }
        if let found = query(at: start + 1, condition) { return found }
        guard tokens.kind(start + 1) == .openParenthesis, tokens.isKeyword(start + 2, "ARRAY"),
            tokens.skipParentheses(at: start + 1) == condition.range.upperBound,
            tokens.isQuery(inParenthesesAt: start + 3),
            tokens.skipParentheses(at: start + 3) == condition.range.upperBound - 1
        else { return nil }
        return tokens[tokens.inParentheses(at: start + 3)]
    }

    /// A query in parentheses that reach to the end of the condition.
    private func query(at start: Int, _ condition: Condition) -> SignificantTokens? {
        let tokens = condition.tokens
        guard tokens.isQuery(inParenthesesAt: start),
            tokens.skipParentheses(at: start) == condition.range.upperBound
        else { return nil }
        return tokens[tokens.inParentheses(at: start)]
    }
}

extension SignificantTokens {
    /// The parts that AND joins at the top of a condition; `nil` where OR does.
    func conjuncts(_ range: Range<Int>) -> [Range<Int>]? {
        guard let first = range.first else { return nil }
        let depth = depths[first]
        var (parts, start, cases, betweens): ([Range<Int>], Int, Int, Int) = ([], first, 0, 0)
        for index in range where depths[index] == depth && kind(index) == .word && kind(index - 1) != .dot {
            if isKeyword(index, "CASE") { cases += 1 }
            if isKeyword(index, "END") { cases -= 1 }
            guard cases == 0 else { continue }
            if isKeyword(index, "OR") { return nil }
            if isKeyword(index, "BETWEEN") { betweens += 1 }
            guard isKeyword(index, "AND") else { continue }
            // The AND of BETWEEN ... AND.
            guard betweens == 0 else {
                betweens -= 1
                continue
            }
            parts.append(start..<index)
            start = index + 1
        }
        parts.append(start..<range.upperBound)
        return parts.contains(where: \.isEmpty) ? nil : parts
    }
}
