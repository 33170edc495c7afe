/// A call of a function that looks at many rows.
struct FunctionCall {
    /// The token of its name.
    let index: Int
    let isAggregate: Bool
    /// What follows OVER: a parenthesis or a name.
    let window: Int?
}

extension SignificantTokens {
    /// The queries in parentheses among some tokens, without those inside of them.
    func queries(in range: Range<Int>) -> [Range<Int>] {
        var (found, index): ([Range<Int>], Int) = ([], range.lowerBound)
        while index < range.upperBound {
            guard isQuery(inParenthesesAt: index) else {
                index += 1
                continue
            }
            found.append(inParentheses(at: index))
            index = skipParentheses(at: index)
        }
        return found
    }

    /// The window functions and aggregates among some tokens, without those of queries inside.
    func calls(in range: Range<Int>, aggregates: Set<String>) -> [FunctionCall] {
        var (found, index): ([FunctionCall], Int) = ([], range.lowerBound)
        while index < range.upperBound {
            if isQuery(inParenthesesAt: index) {
                index = skipParentheses(at: index)
                continue
            }
            // `f(x) FILTER (...)` is one call.
            let isClause = kind(index - 1) == .closeParenthesis
            if tokens[index].isName, !isClause, kind(index + 1) == .openParenthesis,
                let call = call(at: index, aggregates)
            {
                found.append(call)
            }
            index += 1
        }
        return found
    }

    private func call(at index: Int, _ aggregates: Set<String>) -> FunctionCall? {
        var end = skipParentheses(at: index + 1)
        var isAggregate = aggregates.contains(name(index))
        if isKeyword(end, "WITHIN"), isKeyword(end + 1, "GROUP"), kind(end + 2) == .openParenthesis {
            isAggregate = true
            end = skipParentheses(at: end + 2)
        }
        if isKeyword(end, "FILTER"), kind(end + 1) == .openParenthesis {
            isAggregate = true
            end = skipParentheses(at: end + 1)
        }
        if isKeyword(end, "IGNORE") || isKeyword(end, "RESPECT") { end += 2 }
        let isWindow =
            isKeyword(end, "OVER") && (kind(end + 1) == .openParenthesis || kind(end + 1)?.isName == true)
        guard isWindow || isAggregate else { return nil }
        return FunctionCall(
            index: index,
            isAggregate: isAggregate && !isWindow,
            window: isWindow ? end + 1 : nil
        )
    }

    /// The expressions by which a window cuts the rows apart.
    func partition(of window: Int, named windows: Range<Int>?) -> [Range<Int>] {
        guard kind(window) == .openParenthesis else { return definition(of: name(window), in: windows) }
        let inside = inParentheses(at: window)
        guard let first = inside.first else { return [] }
        if isKeyword(first, "PARTITION"), isKeyword(first + 1, "BY") {
            let end =
                inside.first { depths[$0] == depths[first] && isEndOfPartition($0) } ?? inside.upperBound
            return list(first + 2..<max(first + 2, end))
        }
        let isBased = tokens[first].isName && !isKeyword(first, "ORDER") && !isEndOfPartition(first)
        return isBased ? definition(of: name(first), in: windows) : []
    }

    private func definition(of name: String, in windows: Range<Int>?) -> [Range<Int>] {
        let place = list(windows ?? 0..<0).first { item in
            item.count > 2 && tokens[item.lowerBound].isName && self.name(item.lowerBound) == name
                && isKeyword(item.lowerBound + 1, "AS") && kind(item.lowerBound + 2) == .openParenthesis
        }
        return place.map {
            partition(of: $0.lowerBound + 2, named: windows.map { $0.lowerBound..<$0.lowerBound })
        } ?? []
    }

    private func isEndOfPartition(_ index: Int) -> Bool {
        isKeyword(index, "ORDER") || isKeyword(index, "ROWS") || isKeyword(index, "RANGE")
            || isKeyword(index, "GROUPS")
    }

    /// Whether LIMIT, OFFSET or FETCH takes rows away: not `LIMIT ALL`, `LIMIT NULL` or `OFFSET 0`.
    func limits(at index: Int) -> Bool {
        if isKeyword(index, "OFFSET") { return text(index + 1) != "0" }
        return !isKeyword(index + 1, "ALL") && !isKeyword(index + 1, "NULL")
    }
}

extension Token.Kind {
    /// A name, quoted or not.
    var isName: Bool { rawValue <= Token.Kind.unicodeIdentifier.rawValue }
}
