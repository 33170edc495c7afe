/// An UPDATE that joins another relation by nothing but equal columns:
/// `UPDATE t SET … FROM chunk WHERE t.a = chunk.a AND t.b = chunk.b`.
///
/// Such a join does no more than choose rows, so a caller that knows which rows are meant can leave it out.
public struct KeyJoin: Hashable, Sendable {
    /// Why a statement is not of this form.
    public enum Obstacle: Error, Hashable, Sendable {
        /// It is not an UPDATE, or has WITH or RETURNING.
        case otherStatement
        /// FROM names more than the relation.
        case otherRelations
        /// WHERE asks for more than equal columns.
        case otherConditions
        /// The assignments speak of the relation too.
        case relationInAssignments
    }

    /// The bytes between the target and FROM: `SET` and the assignments.
    public let assignments: Range<Int>
    /// The columns that are compared, folded.
    public let columns: Set<String>
    /// All names in the assignments, folded: columns, functions, types and keywords.
    public let names: Set<String>
    /// All operators in the assignments.
    public let operators: Set<String>

    /// Reads a statement.
    ///
    /// - Parameter relation: the name of the joined relation, folded.
    public init(_ shape: StatementShape, of text: String, joining relation: String) throws(Obstacle) {
        guard shape.verb == .update, shape.with == nil, shape.returning == nil,
            let tokens = try? SignificantTokens(Array(text.utf8)),
            let set = tokens.firstTopLevel("SET", from: 0), let from = tokens.topLevelFrom(after: set)
        else { throw .otherStatement }
        guard let filter = tokens.firstTopLevel("WHERE", from: from) else { throw .otherConditions }
        let alias = try tokens.alias(of: relation, from + 1..<filter)
        columns = try tokens.equalColumns(from: filter + 1, target: shape.target.reference, alias: alias)
        assignments = tokens.tokens[set].range.lowerBound..<tokens.tokens[from - 1].range.upperBound
        names = tokens.names(in: set + 1..<from)
        operators = tokens.operators(in: set + 1..<from)
        guard !names.contains(alias) else { throw .relationInAssignments }
    }
}

extension SignificantTokens {
    /// All names among some tokens, folded.
    func names(in range: Range<Int>) -> Set<String> {
        Set(range.lazy.filter { tokens[$0].isName }.map(name))
    }

    /// All operators among some tokens.
    func operators(in range: Range<Int>) -> Set<String> {
        Set(range.lazy.filter { kind($0) == .operator }.map(text))
    }

    /// `chunk`, `chunk c` or `chunk AS c`: the name by which the relation goes.
    fileprivate func alias(of relation: String, _ range: Range<Int>) throws(KeyJoin.Obstacle) -> String {
        var places = Array(range)
        if places.count == 3, isKeyword(places[1], "AS") { places.remove(at: 1) }
        guard (1...2).contains(places.count), places.allSatisfy({ tokens[$0].isName }),
            name(places[0]) == relation
        else { throw .otherRelations }
        return name(places[places.count - 1])
    }

    /// `t.a = c.a AND …` up to the end of the statement.
    fileprivate func equalColumns(
        from start: Int,
        target: String,
        alias: String
    ) throws(KeyJoin.Obstacle) -> Set<String> {
        var columns: Set<String> = []
        var at = start
        while true {
            guard let (left, right) = equality(at), left.column == right.column,
                Set([left.relation, right.relation]) == [target, alias], target != alias
            else { throw .otherConditions }
            columns.insert(left.column)
            at += 7
            if at == count { return columns }
            guard isKeyword(at, "AND") else { throw .otherConditions }
            at += 1
        }
    }

    private typealias Column = (relation: String, column: String)

    private func equality(_ at: Int) -> (Column, Column)? {
        guard let left = column(at), kind(at + 3) == .operator, text(at + 3) == "=",
            let right = column(at + 4)
        else { return nil }
        return (left, right)
    }

    private func column(_ at: Int) -> Column? {
        guard at + 2 < count, tokens[at].isName, kind(at + 1) == .dot, tokens[at + 2].isName else {
            return nil
        }
        return (name(at), name(at + 2))
    }
}

/// The words of an expression, for asking the catalog what they stand for.
public struct ExpressionWords: Hashable, Sendable {
    /// All names, folded: columns, functions, types and keywords.
    public let names: Set<String>
    /// All operators.
    public let operators: Set<String>

    /// Reads an expression; `nil` for a text that is never closed.
    public init?(_ text: String) {
        guard let tokens = try? SignificantTokens(Array(text.utf8)) else { return nil }
        names = tokens.names(in: 0..<tokens.count)
        operators = tokens.operators(in: 0..<tokens.count)
    }
}
