/// An item of FROM or USING.
indirect enum FromItem {
    /// A name, of a table or of a common table expression.
    case relation([String], Alias?)
    /// A query in parentheses.
    case query(Range<Int>, Alias?, isLateral: Bool)
    /// A function and its like.
    case other(Alias?)
    case join(Join, FromItem, FromItem)
    /// `(a JOIN b ...) AS name`, which hides what is inside.
    case named(FromItem, Alias)

    /// By what name a relation goes.
    struct Alias {
        let name: String
        let index: Int
        let columns: [String]
    }

    /// How two items are joined.
    struct Join {
        enum Kind { case inner, left, right, full }
        enum Condition {
            case none
            case on(Range<Int>)
            case using([String], alias: Alias?)
            case natural
        }
        let kind: Kind
        let condition: Condition
    }
}

/// Reads the items of FROM; `nil` for what is not understood.
struct FromReader {
    private let tokens: SignificantTokens
    private let end: Int
    private var index: Int

    private init(_ tokens: SignificantTokens, _ range: Range<Int>) {
        self.tokens = tokens
        index = range.lowerBound
        end = range.upperBound
    }

    static func read(_ tokens: SignificantTokens, _ range: Range<Int>) -> [FromItem]? {
        var reader = FromReader(tokens, range)
        var items: [FromItem] = []
        repeat {
            guard let item = reader.item() else { return nil }
            items.append(item)
        } while reader.skip(.comma)
        return reader.index == range.upperBound ? items : nil
    }

    /// A relation and everything that is joined to it.
    private mutating func item() -> FromItem? {
        guard var left = primary() else { return nil }
        while let (kind, isNatural, isCross) = joinKeyword() {
            guard let right = isNatural || isCross ? primary() : item() else { return nil }
            guard let condition = isCross ? .some(.none) : isNatural ? .natural : joinCondition() else {
                return nil
            }
            left = .join(.init(kind: kind, condition: condition), left, right)
        }
        return left
    }

    private mutating func joinKeyword() -> (FromItem.Join.Kind, isNatural: Bool, isCross: Bool)? {
        guard let length = joinLength(at: index) else { return nil }
        let words = (index..<index + length).map { tokens.text($0).uppercased() }
        index += length
        let kind: FromItem.Join.Kind =
            words.contains("LEFT")
            ? .left : words.contains("RIGHT") ? .right : words.contains("FULL") ? .full : .inner
        return (kind, words.contains("NATURAL"), words.contains("CROSS"))
    }

    /// How many words join here: `JOIN`, `LEFT OUTER JOIN`, ... `left(a, 1)` is a function.
    private func joinLength(at start: Int) -> Int? {
        var at = start
        if keyword(at, "NATURAL") { at += 1 }
        if keyword(at, "CROSS") || keyword(at, "INNER") {
            at += 1
        } else if keyword(at, "LEFT") || keyword(at, "RIGHT") || keyword(at, "FULL") {
            at += keyword(at + 1, "OUTER") ? 2 : 1
        }
        return keyword(at, "JOIN") ? at + 1 - start : nil
    }

    private mutating func joinCondition() -> FromItem.Join.Condition? {
        if skip("USING") {
            guard kind == .openParenthesis else { return nil }
            let columns = names()
            return .using(columns, alias: skip("AS") ? alias() : nil)
        }
        guard skip("ON") else { return nil }
        let start = index
        let depth = index < end ? tokens.depths[index] : 0
        while index < end, tokens.depths[index] > depth || !isEndOfCondition { index += 1 }
        return start < index ? .on(start..<index) : nil
    }

    private var isEndOfCondition: Bool {
        kind == .comma || kind == .closeParenthesis || joinLength(at: index) != nil || keyword(index, "ON")
            || keyword(index, "USING")
    }

    // MARK: one relation

    private mutating func primary() -> FromItem? {
        let isLateral = skip("LATERAL")
        if kind == .openParenthesis {
            let inside = tokens.inParentheses(at: index)
            // `((SELECT ...) AS a JOIN b ...)` begins like a query.
            let isQuery = tokens.isQuery(inParenthesesAt: index) && QueryText(tokens[inside]) != nil
            index = tokens.skipParentheses(at: index)
            if isQuery { return .query(inside, alias(), isLateral: isLateral) }
            guard let items = Self.read(tokens, inside), let item = items.first, items.count == 1 else {
                return nil
            }
            return alias().map { .named(item, $0) } ?? item
        }
        return isLateral ? function() : named()
    }

    private mutating func named() -> FromItem? {
        let start = index
        let isOnly = skip("ONLY")
        let inParentheses = isOnly && skip(.openParenthesis)
        guard let parts = dottedName() else { return nil }
        if inParentheses { guard skip(.closeParenthesis) else { return nil } }
        if kind == .openParenthesis {
            index = start
            return function()
        }
        if kind == .operator, tokens.text(index) == "*" { index += 1 }
        let alias = alias()
        return skipSample() ? .relation(parts, alias) : nil
    }

    /// `f(...) [WITH ORDINALITY] [[AS] name [(columns)]]`, `ROWS FROM (...)`, `XMLTABLE(...)`, ...
    private mutating func function() -> FromItem? {
        if keyword(index, "ROWS"), keyword(index + 1, "FROM") {
            index += 2
        } else if dottedName() == nil {
            return nil
        }
        guard kind == .openParenthesis else { return nil }
        index = tokens.skipParentheses(at: index)
        if keyword(index, "WITH"), keyword(index + 1, "ORDINALITY") { index += 2 }
        if keyword(index, "AS"), index + 1 < end, tokens.kind(index + 1) == .openParenthesis {
            index = tokens.skipParentheses(at: index + 1)
            return .other(nil)
        }
        return .other(alias())
    }

    /// `TABLESAMPLE method (...) [REPEATABLE (...)]`; whether what stands here was understood.
    private mutating func skipSample() -> Bool {
        guard skip("TABLESAMPLE") else { return true }
        guard dottedName() != nil, kind == .openParenthesis else { return false }
        index = tokens.skipParentheses(at: index)
        if skip("REPEATABLE") {
            guard kind == .openParenthesis else { return false }
            index = tokens.skipParentheses(at: index)
        }
        return true
    }

    private static let notAliases: [StaticString] = [
        "ON", "USING", "TABLESAMPLE", "WHERE", "WITH", "SET", "RETURNING",
    ]

    private mutating func alias() -> FromItem.Alias? {
        let isMarked = skip("AS")
        guard index < end, tokens.tokens[index].isName else { return nil }
        if !isMarked {
            guard joinLength(at: index) == nil, !Self.notAliases.contains(where: { keyword(index, $0) })
            else {
                return nil
            }
        }
        let place = index
        index += 1
        return .init(name: tokens.name(place), index: place, columns: kind == .openParenthesis ? names() : [])
    }

    // MARK: steps

    private var kind: Token.Kind? { index < end ? tokens.kind(index) : nil }

    private func keyword(_ at: Int, _ keyword: StaticString) -> Bool {
        at < end && tokens.isKeyword(at, keyword)
    }

    private mutating func skip(_ keyword: StaticString) -> Bool {
        guard self.keyword(index, keyword) else { return false }
        index += 1
        return true
    }

    private mutating func skip(_ kind: Token.Kind) -> Bool {
        guard self.kind == kind else { return false }
        index += 1
        return true
    }

    private mutating func names() -> [String] {
        var reader = TokenReader(tokens, at: index)
        defer { index = reader.index }
        return reader.skipNames()
    }

    private mutating func dottedName() -> [String]? {
        guard index < end, tokens.tokens[index].isName else { return nil }
        var reader = TokenReader(tokens, at: index)
        let parts = try? reader.dottedName("a name")
        index = reader.index
        return parts
    }
}
