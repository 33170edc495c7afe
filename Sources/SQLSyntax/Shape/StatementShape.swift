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

    /// What the statement does.
    public let verb: Verb

    /// The bytes of `UPDATE`, `INSERT` or `DELETE` in the main statement.
    public let verbRange: Range<Int>

    /// The relation that is written to.
    public let target: Target

    /// The leading `WITH`, if there is one.
    public let with: WithClause?

    /// The condition of an UPDATE or DELETE. Always nil for an INSERT, where it belongs to the SELECT or to
    /// `ON CONFLICT`.
    public let condition: WhereClause?

    /// Where `WHERE ...` can be put into an UPDATE or DELETE that has none: behind the last token before
    /// `RETURNING` or the end.
    public let conditionInsertion: Int

    /// The keyword `RETURNING` of the main statement.
    public let returning: Range<Int>?

    /// The INSERT has an `ON CONFLICT`.
    public let hasOnConflict: Bool

    /// The columns on the left of an UPDATE's SET, folded; nil for other verbs and where they cannot be told.
    public let assignedColumns: [String]?

    /// Where the statement ends: behind its last token, before a closing semicolon.
    public let end: Int

    /// All names in the statement, folded, each once: keywords too.
    private let names: Set<String>

    init(_ parser: ShapeParser, names: Set<String>) {
        verb = parser.verb
        verbRange = parser.verbRange
        target = parser.target
        with = parser.with
        condition = parser.condition
        conditionInsertion = parser.conditionInsertion
        returning = parser.returning
        hasOnConflict = parser.hasOnConflict
        assignedColumns = parser.assignedColumns
        end = parser.end
        self.names = names
    }

    /// Reads a statement.
    /// - Throws: `ShapeError` for text that is not exactly one UPDATE, INSERT or DELETE.
    public init(_ text: String) throws(ShapeError) {
        let bytes = Array(text.utf8)
        let tokens = try SignificantTokens(bytes)
        self.init(try ShapeParser(tokens), names: tokens.names)
    }

    /// Whether a name occurs anywhere in the statement as an identifier (of a relation, column, alias, ...).
    public func mentions(_ name: String) -> Bool {
        names.contains(name)
    }
}
