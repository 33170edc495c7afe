/// The parts of one UPDATE, INSERT or DELETE, as byte offsets into its text.
///
/// For callers that add a condition or a CTE to a statement written by somebody else. Everything is found by
/// tokens and depth of parentheses; whether the statement makes sense is left to the server.
public struct StatementShape: Hashable, Sendable {
    /// What the statement does.
    public enum Verb: String, Hashable, Sendable {
        /// `INSERT INTO`
        case insert = "INSERT"
        /// `UPDATE`
        case update = "UPDATE"
        /// `DELETE FROM`
        case delete = "DELETE"
    }

    /// The relation that is written to.
    public struct Target: Hashable, Sendable {
        /// Its name as written, folded as the server folds it: `["public", "city"]` or `["city"]`.
        public let parts: [String]

        /// The bytes of the name, without `ONLY` and alias.
        public let range: Range<Int>

        /// `ONLY` stands before the name.
        public let isOnly: Bool

        /// The alias, if it has one: the only name by which the statement can speak of the relation.
        public let alias: String?

        /// By which name the statement speaks of the relation: the alias, else the last part of its name.
        public var reference: String { alias ?? parts.last ?? "" }
    }

    /// A leading `WITH`.
    public struct WithClause: Hashable, Sendable {
        /// The keyword `WITH`.
        public let keyword: Range<Int>

        /// `RECURSIVE` is written behind it.
        public let isRecursive: Bool

        /// Where the first common table expression begins: a further one can be put before it, with a comma.
        public let listStart: Int

        /// The names of the common table expressions, folded.
        public let names: [String]
    }

    /// The condition of the statement itself, not one of a sub-select.
    public struct WhereClause: Hashable, Sendable {
        /// The keyword.
        public let keyword: Range<Int>

        /// The expression, from its first token to its last.
        public let expression: Range<Int>
    }

    /// One UPDATE, DELETE or INSERT: the statement itself, or a common table of its WITH. All offsets count from the start of
    /// the whole text.
    public struct Write: Hashable, Sendable {
        /// What it does.
        public let verb: Verb
        /// The bytes of `UPDATE`, `INSERT` or `DELETE`.
        public let verbRange: Range<Int>
        /// The relation that is written to.
        public let target: Target
        /// The relations behind FROM of an UPDATE, or USING of a DELETE, from the first token to the last.
        public let relations: Range<Int>?
        /// The condition of an UPDATE or DELETE. Always nil for an INSERT, where it belongs to the SELECT or to
        /// `ON CONFLICT`.
        public let condition: WhereClause?
        /// Where `WHERE ...` can be put into an UPDATE or DELETE that has none: behind the last token before
        /// `RETURNING` or the end.
        public let conditionInsertion: Int
        /// The keyword `RETURNING`.
        public let returning: Range<Int>?
        /// Where it ends: behind its last token, before a closing semicolon or parenthesis.
        public let end: Int
        /// The INSERT has an `ON CONFLICT`.
        public let hasOnConflict: Bool
        /// The columns that rows which exist get a new value in, folded: those of an UPDATE's SET, or of an INSERT's
        /// `ON CONFLICT DO UPDATE SET`; empty where there is none, nil where they cannot be told.
        public let assignedColumns: [String]?
        /// The columns that an INSERT lists, folded; empty for `DEFAULT VALUES`, nil without a list and for other verbs.
        public let insertedColumns: [String]?
        /// The INSERT has an `OVERRIDING`.
        public let hasOverriding: Bool
    }

    /// All that the statement writes: the common tables that are an UPDATE, DELETE or INSERT, in their order, and at last
    /// the statement itself.
    public let writes: [Write]

    /// The leading `WITH`, if there is one.
    public let with: WithClause?

    /// The statement itself.
    public let main: Write

    /// All names in the statement, folded, each once: keywords too.
    private let names: Set<String>

    /// Reads a statement.
    /// - Throws: `ShapeError` for text that is not exactly one UPDATE, INSERT or DELETE, or has parameters.
    public init(_ text: String) throws(ShapeError) {
        let tokens = try SignificantTokens(Array(text.utf8))
        try tokens.refuseParameters()
        let statement = try ParsedStatement(tokens)
        writes = statement.writes.map(\.parsed.write)
        main = statement.writes[statement.writes.count - 1].parsed.write
        with = statement.with.map { WithClause($0, in: tokens) }
        names = tokens.names
    }

    /// All names in the statement, folded, keywords among them.
    public var allNames: Set<String> { names }

    /// Whether a name occurs anywhere in the statement as an identifier (of a relation, column, alias, ...).
    public func mentions(_ name: String) -> Bool {
        names.contains(name)
    }
}

/// The parts of the statement itself.
extension StatementShape {
    /// What the statement does.
    public var verb: Verb { main.verb }
    /// The bytes of `UPDATE`, `INSERT` or `DELETE` in the main statement.
    public var verbRange: Range<Int> { main.verbRange }
    /// The relation that is written to.
    public var target: Target { main.target }
    /// The condition of an UPDATE or DELETE.
    public var condition: WhereClause? { main.condition }
    /// Where `WHERE ...` can be put into an UPDATE or DELETE that has none.
    public var conditionInsertion: Int { main.conditionInsertion }
    /// The keyword `RETURNING` of the main statement.
    public var returning: Range<Int>? { main.returning }
    /// The INSERT has an `ON CONFLICT`.
    public var hasOnConflict: Bool { main.hasOnConflict }
    /// The columns that get a new value, see ``Write/assignedColumns``.
    public var assignedColumns: [String]? { main.assignedColumns }
    /// Where the statement ends: behind its last token, before a closing semicolon.
    public var end: Int { main.end }
}

extension StatementShape.WithClause {
    init(_ list: WithList, in tokens: SignificantTokens) {
        keyword = tokens.tokens[list.keyword].range
        isRecursive = list.isRecursive
        listStart = tokens.tokens[list.first].range.lowerBound
        names = list.tables.map(\.name)
    }
}
