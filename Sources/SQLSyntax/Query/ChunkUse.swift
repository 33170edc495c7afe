/// What a statement computes over the relation as a whole, and which names it takes from it.
///
/// A statement that runs once for each chunk sees one chunk at a time: what is computed over all rows begins again in each.
public struct ChunkUse: Hashable, Sendable {
    /// Something that begins again in each chunk.
    public struct Restart: Hashable, Sendable {
        /// What it is.
        public enum Kind: Hashable, Sendable {
            /// A window function whose partitions are larger than a key.
            case window
            /// LIMIT, OFFSET or FETCH FIRST.
            case limit
            /// An aggregate over more than the rows of a key.
            case aggregate
            /// DISTINCT ON without the key.
            case distinctOn
        }

        /// What it is.
        public let kind: Kind
        /// The function, or the keyword.
        public let name: String
        /// Where it stands.
        public let location: SourceLocation
    }

    /// What begins again, in the order of the text.
    public let restarts: [Restart]

    /// Where something else is given the relation's name: a common table expression, an alias, a table with its schema.
    public let takenNames: [SourceLocation]

    /// Aggregates that every server has.
    public static let builtInAggregates: Set<String> = [
        "any_value", "array_agg", "avg", "bit_and", "bit_or", "bit_xor", "bool_and", "bool_or", "corr",
        "count",
        "covar_pop", "covar_samp", "every", "json_agg", "json_agg_strict", "json_arrayagg", "json_object_agg",
        "json_objectagg", "jsonb_agg", "jsonb_agg_strict", "jsonb_object_agg", "max", "min", "mode",
        "percentile_cont",
        "percentile_disc", "range_agg", "range_intersect_agg", "regr_count", "regr_slope", "stddev",
        "stddev_pop",
        "stddev_samp", "string_agg", "sum", "var_pop", "var_samp", "variance", "xmlagg",
    ]

    /// Reads a statement.
    ///
    /// - Parameters:
    ///   - key: the columns of the relation.
    ///   - aggregates: the names of the aggregate functions there are.
    ///   - relation: its name, folded.
    /// - Throws: `ShapeError` for text that is not one UPDATE, INSERT or DELETE.
    public init(
        _ text: String,
        key: [String],
        aggregates: Set<String> = builtInAggregates,
        of relation: String = "chunk"
    ) throws(ShapeError) {
        let statement = try ParsedStatement(try SignificantTokens(Array(text.utf8)))
        let visitor = ChunkUseVisitor(relation: relation, key: key, aggregates: aggregates)
        for (table, parsed) in statement.writes { visitor.visit(parsed, table: table, of: statement) }
        restarts = visitor.restarts.sorted { $0.location.offset < $1.location.offset }
        takenNames = visitor.takenNames.sorted { $0.offset < $1.offset }
    }
}
