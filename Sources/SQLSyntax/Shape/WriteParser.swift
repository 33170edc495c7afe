/// Walks over the tokens of one UPDATE, DELETE or INSERT once, clause by clause.
struct WriteParser {
    private var reader: TokenReader
    private var tokens: SignificantTokens { reader.tokens }

    private var verb = StatementShape.Verb.update
    private var target = StatementShape.Target(parts: [], range: 0..<0, isOnly: false, alias: nil)
    private var inserted: [String]?
    private var hasOverriding = false
    /// RETURNING, or the end.
    private var tail = 0
    private var returning: Int?

    /// Reads a statement of which `tokens` hold nothing but an own WITH before `index`.
    static func read(_ tokens: SignificantTokens, at index: Int) throws(ShapeError) -> ParsedWrite {
        var parser = WriteParser(reader: TokenReader(tokens, at: index))
        return try parser.read()
    }

    private mutating func read() throws(ShapeError) -> ParsedWrite {
        try readVerb()
        let verbIndex = reader.index - (verb == .update ? 1 : 2)
        try readTarget()
        let body = reader.index
        returning = tokens.firstTopLevel("RETURNING", from: body)
        tail = returning ?? tokens.count
        if verb == .insert { readInsertedColumns() }
        let parts = WriteClauses(tokens, verb: verb, from: reader.index, to: tail)
        let condition = try condition(parts.filter)
        return ParsedWrite(
            write: write(verbIndex, parts, condition),
            tokens: tokens,
            clauses: parts
        )
    }

    private func write(
        _ verbIndex: Int,
        _ clauses: WriteClauses,
        _ condition: StatementShape.WhereClause?
    ) -> StatementShape.Write {
        StatementShape.Write(
            verb: verb,
            verbRange: tokens.tokens[verbIndex].range,
            target: target,
            relations: clauses.from.flatMap(bytes),
            condition: condition,
            conditionInsertion: tokens.tokens[tail - 1].range.upperBound,
            returning: returning.map { tokens.tokens[$0].range },
            end: tokens.tokens[tokens.count - 1].range.upperBound,
            hasOnConflict: clauses.conflict != nil,
            assignedColumns: clauses.assignedColumns(tokens, verb),
            insertedColumns: inserted,
            hasOverriding: hasOverriding
        )
    }

    private func bytes(of range: Range<Int>) -> Range<Int>? {
        guard let first = range.first, let last = range.last else { return nil }
        return tokens.tokens[first].range.lowerBound..<tokens.tokens[last].range.upperBound
    }

    // MARK: the verb and what it writes to

    private mutating func readVerb() throws(ShapeError) {
        if reader.skip("UPDATE") {
            verb = .update
        } else if reader.skip("DELETE") {
            verb = .delete
            guard reader.skip("FROM") else { throw reader.unexpected("FROM") }
        } else if reader.skip("INSERT") {
            verb = .insert
            guard reader.skip("INTO") else { throw reader.unexpected("INTO") }
        } else {
            let index = reader.index
            throw .notWriting(verb: tokens.text(index).uppercased(), tokens.location(index))
        }
    }

    private mutating func readTarget() throws(ShapeError) {
        let isOnly = verb != .insert && reader.skip("ONLY")
        let inParentheses = isOnly && reader.skip(.openParenthesis)
        let start = reader.index
        let parts = try reader.dottedName("the name of a table")
        let range = tokens.tokens[start].range.lowerBound..<tokens.tokens[reader.index - 1].range.upperBound
        if inParentheses { _ = reader.skip(.closeParenthesis) }
        if reader.kind == .operator, tokens.text(reader.index) == "*" { reader.index += 1 }
        target = .init(parts: parts, range: range, isOnly: isOnly, alias: try readAlias())
    }

    private mutating func readAlias() throws(ShapeError) -> String? {
        if reader.skip("AS") { return try reader.name("an alias") }
        guard verb != .insert, reader.isAtName else { return nil }
        for keyword in ["SET", "USING", "WHERE", "RETURNING"] as [StaticString] where reader.isAt(keyword) {
            return nil
        }
        return try reader.name("an alias")
    }

    /// `[(columns)] [OVERRIDING ... VALUE]`, or `DEFAULT VALUES`, which gives no column a value.
    private mutating func readInsertedColumns() {
        if reader.isAt("DEFAULT"), tokens.isKeyword(reader.index + 1, "VALUES") {
            inserted = []
            reader.index += 2
            return
        }
        if reader.kind == .openParenthesis, !tokens.isQuery(inParenthesesAt: reader.index) {
            inserted = reader.skipNames()
        }
        guard reader.skip("OVERRIDING") else { return }
        hasOverriding = true
        // SYSTEM VALUE or USER VALUE
        reader.index = min(reader.index + 2, tokens.count)
    }

    // MARK: its condition

    private func condition(_ filter: Range<Int>?) throws(ShapeError) -> StatementShape.WhereClause? {
        guard let filter else { return nil }
        let keyword = filter.lowerBound - 1
        if tokens.isKeyword(filter.lowerBound, "CURRENT"), tokens.isKeyword(filter.lowerBound + 1, "OF") {
            throw .whereCurrentOf(tokens.location(keyword))
        }
        guard !filter.isEmpty else {
            throw .unexpected(
                found: tokens.text(filter.lowerBound),
                expected: "a condition behind WHERE",
                tokens.location(filter.lowerBound)
            )
        }
        let expression =
            tokens.tokens[filter.lowerBound].range
            .lowerBound..<tokens.tokens[filter.upperBound - 1].range.upperBound
        return .init(keyword: tokens.tokens[keyword].range, expression: expression)
    }
}
