/// Walks over the tokens of a statement once, clause by clause.
struct ShapeParser {
    private let tokens: SignificantTokens
    private var index = 0

    private(set) var verb = StatementShape.Verb.update
    private(set) var verbRange = 0..<0
    private(set) var target = StatementShape.Target(parts: [], range: 0..<0, isOnly: false, alias: nil)
    private(set) var with: StatementShape.WithClause?
    private(set) var condition: StatementShape.WhereClause?
    private(set) var conditionInsertion = 0
    private(set) var returning: Range<Int>?
    private(set) var hasOnConflict = false
    private(set) var assignedColumns: [String]?
    private(set) var end = 0

    init(_ tokens: SignificantTokens) throws(ShapeError) {
        self.tokens = tokens
        try readWith()
        try readVerb()
        try readTarget()
        readTail()
        try readCondition()
        if verb == .update { assignedColumns = AssignedColumns.read(tokens, from: index) }
    }

    // MARK: WITH a AS (...), b AS (...)

    private mutating func readWith() throws(ShapeError) {
        guard tokens.isKeyword(0, "WITH") else { return }
        index = 1
        let isRecursive = tokens.isKeyword(1, "RECURSIVE")
        if isRecursive { index = 2 }
        let listStart = tokens.tokens[min(index, tokens.count - 1)].range.lowerBound
        var names: [String] = []
        repeat {
            names.append(try readCommonTable())
        } while skip(.comma)
        with = .init(
            keyword: tokens.tokens[0].range,
            isRecursive: isRecursive,
            listStart: listStart,
            names: names
        )
    }

    /// `name [(columns)] AS [[NOT] MATERIALIZED] (query) [SEARCH ...] [CYCLE ...]`
    private mutating func readCommonTable() throws(ShapeError) -> String {
        let name = try readName("the name of a common table expression")
        if tokens.kind(index) == .openParenthesis { index = tokens.skipParentheses(at: index) }
        guard skip("AS") else { throw unexpected("AS") }
        _ = skip("NOT")
        _ = skip("MATERIALIZED")
        guard tokens.kind(index) == .openParenthesis else { throw unexpected("( and a query") }
        index = tokens.skipParentheses(at: index)
        skipSearchAndCycle()
        return name
    }

    /// The clauses of a recursive query hold commas, but no parentheses and none of the verbs.
    private mutating func skipSearchAndCycle() {
        guard tokens.isKeyword(index, "SEARCH") || tokens.isKeyword(index, "CYCLE") else { return }
        let isEnd: (Int) -> Bool = { [tokens] at in
            tokens.isKeyword(at, "INSERT") || tokens.isKeyword(at, "UPDATE") || tokens.isKeyword(at, "DELETE")
                || tokens.isKeyword(at, "AS") || tokens.kind(at) == .openParenthesis
        }
        var at = index
        while at < tokens.count, !isEnd(at) { at += 1 }
        // Stopped in the next table expression `, name [(columns)] AS (`: go back to the comma before its
        // name.
        if tokens.isKeyword(at, "AS") || tokens.kind(at) == .openParenthesis { at -= 2 }
        index = max(index, at)
    }

    // MARK: the verb and what it writes to

    private mutating func readVerb() throws(ShapeError) {
        if skip("UPDATE") {
            verb = .update
        } else if skip("DELETE") {
            verb = .delete
        } else if skip("INSERT") {
            verb = .insert
        } else {
            throw .notWriting(verb: tokens.text(index).uppercased(), tokens.location(index))
        }
        verbRange = tokens.tokens[index - 1].range
        if verb == .insert, !skip("INTO") { throw unexpected("INTO") }
        if verb == .delete, !skip("FROM") { throw unexpected("FROM") }
    }

    private mutating func readTarget() throws(ShapeError) {
        let isOnly = verb != .insert && skip("ONLY")
        let inParentheses = isOnly && skip(.openParenthesis)
        let start = index
        var parts = [try readName("the name of a table")]
        while skip(.dot) { parts.append(try readName("a name behind the dot")) }
        let range = tokens.tokens[start].range.lowerBound..<tokens.tokens[index - 1].range.upperBound
        if inParentheses { _ = skip(.closeParenthesis) }
        if tokens.kind(index) == .operator, tokens.text(index) == "*" { index += 1 }
        target = .init(parts: parts, range: range, isOnly: isOnly, alias: try readAlias())
    }

    private mutating func readAlias() throws(ShapeError) -> String? {
        if skip("AS") { return try readName("an alias") }
        guard verb != .insert, let kind = tokens.kind(index),
            kind.rawValue <= Token.Kind.unicodeIdentifier.rawValue
        else { return nil }
        for keyword in ["SET", "USING", "WHERE", "RETURNING"] as [StaticString]
        where tokens.isKeyword(index, keyword) {
            return nil
        }
        return try readName("an alias")
    }

    // MARK: the clauses behind it

    private mutating func readTail() {
        let last = tokens.count - 1
        end = tokens.tokens[last].range.upperBound
        let returningIndex = tokens.firstTopLevel("RETURNING", from: index)
        returning = returningIndex.map { tokens.tokens[$0].range }
        conditionInsertion = returningIndex.map { tokens.tokens[$0 - 1].range.upperBound } ?? end
        guard verb == .insert else { return }
        hasOnConflict = (index..<tokens.count).contains {
            tokens.depths[$0] == 0 && tokens.isKeyword($0, "ON") && tokens.isKeyword($0 + 1, "CONFLICT")
        }
    }

    private mutating func readCondition() throws(ShapeError) {
        guard verb != .insert, let keyword = tokens.firstTopLevel("WHERE", from: index) else { return }
        if tokens.isKeyword(keyword + 1, "CURRENT"), tokens.isKeyword(keyword + 2, "OF") {
            throw .whereCurrentOf(tokens.location(keyword))
        }
        let range = tokens.tokens[keyword].range
        guard keyword + 1 < tokens.count, tokens.tokens[keyword + 1].range.lowerBound < conditionInsertion
        else {
            throw .unexpected(
                found: tokens.text(keyword + 1),
                expected: "a condition behind WHERE",
                tokens.location(keyword + 1)
            )
        }
        let start = tokens.tokens[keyword + 1].range.lowerBound
        condition = .init(keyword: range, expression: start..<conditionInsertion)
    }

    // MARK: steps

    private mutating func readName(_ expected: String) throws(ShapeError) -> String {
        guard index < tokens.count, tokens.tokens[index].isName else { throw unexpected(expected) }
        index += 1
        return tokens.name(index - 1)
    }

    private mutating func skip(_ keyword: StaticString) -> Bool {
        guard tokens.isKeyword(index, keyword) else { return false }
        index += 1
        return true
    }

    private mutating func skip(_ kind: Token.Kind) -> Bool {
        guard tokens.kind(index) == kind else { return false }
        index += 1
        return true
    }

    private func unexpected(_ expected: String) -> ShapeError {
        .unexpected(found: tokens.text(index), expected: expected, tokens.location(index))
    }
}
