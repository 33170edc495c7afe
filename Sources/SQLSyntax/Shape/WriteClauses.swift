/// The clauses of one UPDATE, DELETE or INSERT behind its target, as indexes of tokens.
struct WriteClauses {
    /// The keyword SET of an UPDATE.
    private(set) var set: Int?
    /// The relations of FROM or USING.
    private(set) var from: Range<Int>?
    /// The condition of an UPDATE or DELETE.
    private(set) var filter: Range<Int>?
    /// The query or VALUES of an INSERT.
    private(set) var query: Range<Int>?
    /// `ON CONFLICT ...` to its end.
    private(set) var conflict: Range<Int>?

    init(_ tokens: SignificantTokens, verb: StatementShape.Verb, from start: Int, to tail: Int) {
        let end = max(start, tail)
        guard verb != .insert else {
            let conflict = Self.conflict(tokens, start..<end)
            self.conflict = conflict.map { $0..<end }
            query = start..<(conflict ?? end)
            return
        }
        let filter = tokens.firstTopLevel("WHERE", from: start).flatMap { $0 < end ? $0 : nil }
        self.filter = filter.map { $0 + 1..<max($0 + 1, end) }
        let relations: Int?
        if verb == .update {
            set = tokens.isKeyword(start, "SET") ? start : nil
            relations = tokens.topLevelFrom(after: start)
        } else {
            relations = tokens.isKeyword(start, "USING") ? start : nil
        }
        if let relations, relations < filter ?? end { from = relations + 1..<(filter ?? end) }
    }

    /// `JOIN b ON conflict` names a column; only the clause goes on with DO.
    private static func conflict(_ tokens: SignificantTokens, _ range: Range<Int>) -> Int? {
        let action = range.last { index in
            tokens.depths[index] == 0 && tokens.isClause(index, "DO")
                && (tokens.isKeyword(index + 1, "NOTHING") || tokens.isKeyword(index + 1, "UPDATE"))
        }
        guard let action else { return nil }
        return (range.lowerBound..<action).last { index in
            tokens.depths[index] == 0 && tokens.isClause(index, "ON")
                && tokens.isKeyword(index + 1, "CONFLICT")
        }
    }

    /// The columns that get another value: those of SET, or of ON CONFLICT DO UPDATE SET. `nil` where they cannot be told.
    func assignedColumns(_ tokens: SignificantTokens, _ verb: StatementShape.Verb) -> [String]? {
        switch verb {
        case .delete: return []
        case .update: return set.flatMap { AssignedColumns.read(tokens, from: $0) }
        case .insert:
            guard let conflict else { return [] }
            let set = conflict.first {
                tokens.depths[$0] == 0 && tokens.isKeyword($0, "SET") && tokens.isKeyword($0 - 1, "UPDATE")
            }
            return set.map { AssignedColumns.read(tokens, from: $0) } ?? []
        }
    }

    /// Whether ON CONFLICT DO UPDATE computes with the row that could not be inserted.
    func addsUp(_ tokens: SignificantTokens) -> Bool {
        conflict?.contains { tokens.tokens[$0].isName && tokens.name($0) == "excluded" } ?? false
    }
}

/// A write together with the tokens it was read from.
struct ParsedWrite {
    let write: StatementShape.Write
    /// Those of the write and of a WITH before it.
    let tokens: SignificantTokens
    let clauses: WriteClauses
}

/// A statement with its WITH and all of its writes.
struct ParsedStatement {
    let tokens: SignificantTokens
    let with: WithList?
    /// The common tables that write, each with its place in ``with``; then the statement itself, without one.
    let writes: [(table: Int?, parsed: ParsedWrite)]

    init(_ tokens: SignificantTokens) throws(ShapeError) {
        self.tokens = tokens
        with = try WithList(tokens, at: 0)
        var writes: [(table: Int?, parsed: ParsedWrite)] = []
        for (index, table) in (with?.tables ?? []).enumerated() {
            if let write = try Self.write(in: tokens[table.body]) { writes.append((index, write)) }
        }
        writes.append((nil, try WriteParser.read(tokens, at: with?.end ?? 0)))
        self.writes = writes
    }

    /// The write that a common table is; `nil` for a query.
    private static func write(in body: SignificantTokens) throws(ShapeError) -> ParsedWrite? {
        guard body.count > 0 else { return nil }
        let start = try WithList(body, at: 0)?.end ?? 0
        for verb in ["UPDATE", "DELETE", "INSERT", "MERGE"] as [StaticString]
        where body.isKeyword(start, verb) {
            return try WriteParser.read(body, at: start)
        }
        return nil
    }
}
