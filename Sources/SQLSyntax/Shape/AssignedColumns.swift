/// The columns on the left of the assignments of an UPDATE.
enum AssignedColumns {
    /// - Parameter index: the keyword `SET`.
    /// - Returns: nil where something stands on the left that is not understood.
    static func read(_ tokens: SignificantTokens, from index: Int) -> [String]? {
        guard tokens.isKeyword(index, "SET") else { return nil }
        var columns: [String] = []
        var at = index + 1
        while true {
            guard let next = readLeftSide(tokens, at, &columns) else { return nil }
            guard let comma = endOfAssignment(tokens, from: next) else { return columns }
            at = comma + 1
        }
    }

    /// `name =`, `name[1] =`, `name.field =`, `(name, name) =`; gives the index of the equals sign.
    private static func readLeftSide(
        _ tokens: SignificantTokens,
        _ start: Int,
        _ columns: inout [String]
    ) -> Int? {
        var at = start
        if tokens.kind(at) == .openParenthesis {
            let close = tokens.skipParentheses(at: at)
            for inner in at + 1..<max(at + 1, close - 1)
            where tokens.tokens[inner].isName && tokens.depths[inner] == 1 && tokens.kind(inner - 1) != .dot {
                columns.append(tokens.name(inner))
            }
            at = close
        } else {
            guard at < tokens.count, tokens.tokens[at].isName else { return nil }
            columns.append(tokens.name(at))
            at += 1
            while at < tokens.count,
                tokens.depths[at] > 0 || isBelow(tokens.kind(at)) || tokens.kind(at - 1) == .dot
            {
                at += 1
            }
        }
        return tokens.kind(at) == .operator && tokens.text(at) == "=" ? at : nil
    }

    private static func isBelow(_ kind: Token.Kind?) -> Bool {
        kind == .dot || kind == .openBracket || kind == .closeBracket
    }

    /// The comma behind an assignment, or nil when the SET list is over.
    private static func endOfAssignment(_ tokens: SignificantTokens, from index: Int) -> Int? {
        for at in index..<tokens.count where tokens.depths[at] == 0 {
            if tokens.kind(at) == .comma { return at }
            if tokens.isClause(at, "WHERE") || tokens.isClause(at, "RETURNING") { return nil }
            // `a IS DISTINCT FROM b` is part of an expression.
            if tokens.isClause(at, "FROM"), !tokens.isKeyword(at - 1, "DISTINCT") { return nil }
        }
        return nil
    }
}
