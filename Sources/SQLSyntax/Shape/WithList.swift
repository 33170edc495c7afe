/// The common table expressions of a `WITH`, as indexes of tokens.
struct WithList {
    /// One of them.
    struct Table {
        let name: String
        /// The token that names it.
        let nameIndex: Int
        /// The names it gives its columns; empty where it leaves them as they are.
        let columns: [String]
        /// What stands in its parentheses.
        let body: Range<Int>
    }

    /// The keyword `WITH`.
    let keyword: Int
    let isRecursive: Bool
    /// Where the first of them begins.
    let first: Int
    let tables: [Table]
    /// Behind the last of them.
    let end: Int

    /// The tables that stand before one of them; all with RECURSIVE, where each sees all.
    func visible(to table: Int?) -> WithList {
        guard let table, !isRecursive else { return self }
        return WithList(
            keyword: keyword,
            isRecursive: isRecursive,
            first: first,
            tables: Array(tables.prefix(table)),
            end: end
        )
    }

    private init(keyword: Int, isRecursive: Bool, first: Int, tables: [Table], end: Int) {
        (self.keyword, self.isRecursive, self.first) = (keyword, isRecursive, first)
        (self.tables, self.end) = (tables, end)
    }

    /// Reads a `WITH`; `nil` where none stands.
    init?(_ tokens: SignificantTokens, at keyword: Int) throws(ShapeError) {
        guard tokens.isKeyword(keyword, "WITH") else { return nil }
        self.keyword = keyword
        isRecursive = tokens.isKeyword(keyword + 1, "RECURSIVE")
        first = keyword + (isRecursive ? 2 : 1)
        var reader = TokenReader(tokens, at: first)
        var tables: [Table] = []
        repeat {
            tables.append(try Self.table(&reader))
        } while reader.skip(.comma)
        self.tables = tables
        end = reader.index
    }

    /// `name [(columns)] AS [[NOT] MATERIALIZED] (query) [SEARCH ...] [CYCLE ...]`
    private static func table(_ reader: inout TokenReader) throws(ShapeError) -> Table {
        let nameIndex = reader.index
        let name = try reader.name("the name of a common table expression")
        let columns = reader.skipNames()
        guard reader.skip("AS") else { throw reader.unexpected("AS") }
        _ = reader.skip("NOT")
        _ = reader.skip("MATERIALIZED")
        guard reader.kind == .openParenthesis else { throw reader.unexpected("( and a query") }
        let body = reader.skipParentheses()
        skipSearchAndCycle(&reader)
        return Table(name: name, nameIndex: nameIndex, columns: columns, body: body)
    }

    /// The clauses of a recursive query hold commas, but no parentheses and none of the verbs.
    private static func skipSearchAndCycle(_ reader: inout TokenReader) {
        guard reader.isAt("SEARCH") || reader.isAt("CYCLE") else { return }
        let tokens = reader.tokens
        var at = reader.index
        while at < tokens.count, !isEnd(tokens, at) { at += 1 }
        // Stopped in the next table expression `, name [(columns)] AS (`: go back to the comma before its
        // name.
        if tokens.isKeyword(at, "AS") || tokens.kind(at) == .openParenthesis { at -= 2 }
        reader.index = max(reader.index, at)
    }

    private static func isEnd(_ tokens: SignificantTokens, _ at: Int) -> Bool {
        for verb in ["INSERT", "UPDATE", "DELETE", "MERGE", "SELECT", "VALUES", "TABLE"] as [StaticString]
        where tokens.isKeyword(at, verb) {
            return true
        }
        return tokens.isKeyword(at, "AS") || tokens.kind(at) == .openParenthesis
    }
}
