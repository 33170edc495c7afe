/// One query taken apart into its clauses.
///
/// Only what is told apart for certain is here: where something is not understood there is no value, and whoever asks has
/// to do without.
struct QueryText {
    /// The tokens of the query, without the parentheses around it.
    let tokens: SignificantTokens
    let with: WithList?
    /// One, or those that UNION, INTERSECT or EXCEPT combine.
    let branches: [Branch]

    /// A SELECT with its clauses, or a query in parentheses.
    enum Branch {
        case select(SelectText)
        case nested(Range<Int>)
        /// VALUES.
        case other
    }

    init?(_ text: SignificantTokens) {
        var tokens = text
        while let inside = tokens.enclosed() { tokens = tokens[inside] }
        guard tokens.count > 0, let with = try? (WithList(tokens, at: 0)) as WithList?? else { return nil }
        self.tokens = tokens
        self.with = with
        var branches: [Branch] = []
        for range in Self.branches(tokens, from: with?.end ?? 0) {
            guard let branch = Self.branch(tokens, range) else { return nil }
            branches.append(branch)
        }
        self.branches = branches
    }

    private static func branches(_ tokens: SignificantTokens, from start: Int) -> [Range<Int>] {
        var (ranges, first): ([Range<Int>], Int) = ([], start)
        for index in start..<max(start, tokens.count)
        where tokens.depths[index] == 0
            && (tokens.isClause(index, "UNION") || tokens.isClause(index, "INTERSECT")
                || tokens.isClause(index, "EXCEPT"))
        {
            ranges.append(first..<index)
            first = index + 1
            if tokens.isKeyword(first, "ALL") || tokens.isKeyword(first, "DISTINCT") { first += 1 }
        }
        return first <= tokens.count ? ranges + [first..<tokens.count] : ranges
    }

    private static func branch(_ tokens: SignificantTokens, _ range: Range<Int>) -> Branch? {
        guard let first = range.first else { return nil }
        if tokens.isKeyword(first, "SELECT") || tokens.isKeyword(first, "TABLE") {
            return .select(SelectText(tokens, range))
        }
        if tokens.isKeyword(first, "VALUES") { return .other }
        guard tokens.kind(first) == .openParenthesis else { return nil }
        let behind = tokens.skipParentheses(at: first)
        let isWhole =
            behind == range.upperBound
            || (["ORDER", "LIMIT", "OFFSET", "FETCH", "FOR"] as [StaticString])
                .contains { tokens.isKeyword(behind, $0) }
        return isWhole ? .nested(tokens.inParentheses(at: first)) : nil
    }
}

/// A SELECT with its clauses, as indexes of the query's tokens.
struct SelectText {
    /// What follows DISTINCT ON, in its parentheses.
    private(set) var distinctOn: Range<Int>?
    /// What is selected.
    private(set) var list: Range<Int>
    private(set) var from: Range<Int>?
    private(set) var filter: Range<Int>?
    private(set) var group: Range<Int>?
    private(set) var having: Range<Int>?
    private(set) var windows: Range<Int>?
    private(set) var order: Range<Int>?
    /// The keywords LIMIT, OFFSET and FETCH.
    private(set) var limits: [Int] = []
    /// `TABLE name`, which is SELECT * FROM name.
    let isTable: Bool

    private static let clauses: [StaticString] = [
        "FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR",
    ]

    init(_ tokens: SignificantTokens, _ range: Range<Int>) {
        isTable = tokens.isKeyword(range.lowerBound, "TABLE")
        var start = range.lowerBound + 1
        if tokens.isKeyword(start, "ALL") { start += 1 }
        if tokens.isKeyword(start, "DISTINCT") {
            start += 1
            if tokens.isKeyword(start, "ON"), tokens.kind(start + 1) == .openParenthesis {
                distinctOn = tokens.inParentheses(at: start + 1)
                start = tokens.skipParentheses(at: start + 1)
            }
        }
        let places = (start..<max(start, range.upperBound)).compactMap { index in
            Self.clause(tokens, index).map { (index: index, keyword: $0) }
        }
        list = start..<(places.first?.index ?? max(start, range.upperBound))
        for (position, place) in places.enumerated() {
            let end = position + 1 < places.count ? places[position + 1].index : range.upperBound
            take(place.keyword, place.index, end, tokens)
        }
        if isTable { (from, list) = (list, start..<start) }
    }

    private mutating func take(_ keyword: String, _ index: Int, _ end: Int, _ tokens: SignificantTokens) {
        let rest = index + 1..<max(index + 1, end)
        let behindBy =
            tokens.isKeyword(index + 1, "BY") ? min(index + 2, rest.upperBound)..<rest.upperBound : rest
        switch keyword {
        case "FROM": from = rest
        case "WHERE": filter = rest
        case "GROUP": group = behindBy
        case "HAVING": having = rest
        case "WINDOW": windows = rest
        case "ORDER": order = behindBy
        case "LIMIT", "OFFSET", "FETCH": limits.append(index)
        default: break
        }
    }

    private static func clause(_ tokens: SignificantTokens, _ index: Int) -> String? {
        guard tokens.depths[index] == 0, tokens.kind(index) == .word,
            let keyword = clauses.first(where: { tokens.isClause(index, $0) })
        else { return nil }
        if tokens.isKeyword(index, "FROM"), tokens.isKeyword(index - 1, "DISTINCT") { return nil }
        if tokens.isKeyword(index, "GROUP"), tokens.isKeyword(index - 1, "WITHIN") { return nil }
        return "\(keyword)"
    }
}

extension SignificantTokens {
    /// What stands in the parentheses that enclose all of the tokens.
    func enclosed() -> Range<Int>? {
        guard kind(0) == .openParenthesis, skipParentheses(at: 0) == count,
            kind(count - 1) == .closeParenthesis
        else { return nil }
        return 1..<count - 1
    }

    func enclosed(_ range: Range<Int>) -> Range<Int>? {
        guard let first = range.first, kind(first) == .openParenthesis,
            skipParentheses(at: first) == range.upperBound
        else { return nil }
        return inParentheses(at: first)
    }
}
