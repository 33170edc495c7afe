package import Postgres

/// The columns that order the walk over a table, with everything SQL needs to compare them.
///
/// A key travels as the server's own text of each column and is cast back to the column's type there. It is never
/// compared, sorted or de-duplicated here: text has the server's collation, and Swift's `==` takes two different
/// spellings of é for one.
package struct KeyColumns: Sendable, Hashable {
    /// One column of the key.
    package struct Column: Sendable, Hashable {
        /// The column's name.
        package let name: String
        /// Its type as SQL writes it, without length: a cast to `varchar(3)` would cut off silently.
        package let type: String
    }

    /// Whether two rows can have the same key.
    package enum Uniqueness: Sendable, Hashable {
        case unique
        case repeated
    }

    /// A table of several: a partition, a table that others inherit from, or one of those.
    package struct Tree: Sendable, Hashable {
        /// The object id of the table that the definition names.
        package let root: Int64
        /// The object id of the plain table.
        package let part: Int64
        /// The name by which a definition speaks of its rows.
        package let name: Identifier
    }

    /// The plain table that is walked.
    package let table: Identifier
    /// The columns that order the walk; `ctid` where rows are visited by their place.
    package let columns: [Column]
    /// Whether two rows can have the same key.
    package let uniqueness: Uniqueness
    /// In which order rows are visited.
    package let order: WalkOrder
    /// The columns of the definition's key that may be NULL. A walk by the key is about the rows without any NULL, the
    /// walk over the others about the rest: together they are all rows, each once.
    package let nullable: [String]
    /// What the relation `chunk` holds.
    package let exposed: [String]
    /// `nil` for a table that stands alone.
    package let tree: Tree?

    /// A walk by a key.
    package init(
        table: Identifier,
        columns: [Column],
        uniqueness: Uniqueness,
        nullable: [String] = [],
        tree: Tree? = nil
    ) {
        self.table = table
        self.columns = columns
        self.uniqueness = uniqueness
        order = .key
        self.nullable = nullable
        exposed = columns.map(\.name) + (nullable.isEmpty ? [] : [Self.place.name])
        self.tree = tree
    }

    /// A walk by places over all rows, or over those with NULL in the key.
    private init(places order: WalkOrder, of key: KeyColumns) {
        table = key.table
        columns = [Self.place]
        uniqueness = .unique
        self.order = order
        nullable = order == .nulls ? key.nullable : []
        exposed = order == .nulls ? key.exposed : [Self.place.name]
        tree = key.tree
    }

    /// Where a row lies.
    package static let place = Column(name: "ctid", type: "tid")

    /// The same table in another order.
    package func ordered(_ order: WalkOrder) -> KeyColumns {
        order.isByPlace ? KeyColumns(places: order, of: self) : self
    }

    /// The names of the columns.
    package var names: [String] { columns.map(\.name) }

    /// The table as an item of FROM. `ONLY` the part itself, under the name by which the definition knows it.
    package var relation: SQL {
        tree.map { "ONLY \(identifier: table) AS \(identifier: $0.name)" } ?? "\(identifier: table)"
    }

    /// How a column of the table is addressed behind ``relation``.
    package var reference: Identifier { tree?.name ?? table }

    /// The key of a row: `"id"` or `("a", "b")`, looked up in `relation` where one is given.
    package func row(of relation: Identifier? = nil) -> SQL {
        tuple(columns.map { reference($0, relation) })
    }

    /// The columns of the key in a list: `"a", "b"`.
    package func list(of relation: Identifier? = nil) -> SQL {
        columns.map { reference($0, relation) }.joined(separator: ", ")
    }

    /// What `chunk` holds, in a list.
    package var exposedList: SQL {
        exposed.map { "\(identifier: $0)" as SQL }.joined(separator: ", ")
    }

    /// The columns in a list, each in the given order of sorting.
    package func descending(of relation: Identifier? = nil) -> SQL {
        columns.map { reference($0, relation) + " DESC" }.joined(separator: ", ")
    }

    /// The key of a row as `text[]`, the form in which it is kept.
    package func texts(of relation: Identifier? = nil) -> SQL {
        "ARRAY[\(columns.map { reference($0, relation) + "::text" }.joined(separator: ", "))]"
    }

    /// A key that was kept, cast back: `$1::bigint` or `($1::text, $2::uuid)`.
    package func value(_ key: Key) -> SQL {
        tuple(zip(columns, key.parts).map { column, text in "\(text)::\(unsafe: column.type)" })
    }

    /// The condition that a row's key lies in an interval.
    ///
    /// Row values compare left to right and use the index; the same spelled with OR does not (measured elsewhere at a
    /// hundredth of the speed).
    package func interval(_ interval: KeyInterval, of relation: Identifier? = nil) -> SQL {
        let upper: SQL = "\(row(of: relation)) <= \(value(interval.through))"
        let condition: SQL =
            switch interval.lower {
            case .beginning: upper
            case .after(let key): "\(row(of: relation)) > \(value(key)) AND \(upper)"
            case .from(let key): "\(row(of: relation)) >= \(value(key)) AND \(upper)"
            }
        return nullable.isEmpty ? condition : "\(condition) AND \(nullCondition(of: relation))"
    }

    /// Which rows belong to the walk by what is NULL in them; `true` where nothing can be.
    package func nullCondition(of relation: Identifier? = nil) -> SQL {
        guard !nullable.isEmpty else { return "true" }
        let tests = nullable.map { name in
            reference(Column(name: name, type: ""), relation)
                + (order == .nulls ? " IS NULL" : " IS NOT NULL")
        }
        return "(\(tests.joined(separator: order == .nulls ? " OR " : " AND ")))"
    }

    /// The condition that a row is one of those whose places are given.
    package func places(_ places: [String], of relation: Identifier? = nil) -> SQL {
        "\(reference(Self.place, relation)) = ANY (\(PostgresArray(places))::tid[])"
    }

    private func reference(_ column: Column, _ relation: Identifier?) -> SQL {
        guard let relation else { return "\(identifier: column.name)" }
        return "\(identifier: relation).\(identifier: column.name)"
    }

    private func tuple(_ parts: [SQL]) -> SQL {
        parts.count == 1 ? parts[0] : "(\(parts.joined(separator: ", ")))"
    }
}

/// One key: the server's text of each column.
package struct Key: Sendable, Hashable {
    /// The texts, one a column.
    package let parts: [String]

    /// Takes the texts.
    package init(_ parts: [String]) {
        self.parts = parts
    }

    /// Takes what the server returned as `text[]`; `nil` when a part is NULL.
    init?(_ array: TextArray?) {
        guard let array, array.elements.allSatisfy({ $0 != nil }) else { return nil }
        parts = array.elements.compactMap { $0 }
    }

    /// The key as a `text[]` parameter.
    var parameter: PostgresArray<String> { PostgresArray(parts) }
}

extension Key: CustomStringConvertible {
    /// `42` or `(AD, 42)`.
    package var description: String {
        parts.count == 1 ? parts[0] : "(" + parts.joined(separator: ", ") + ")"
    }
}

/// A stretch of keys, up to and with `through`.
package struct KeyInterval: Sendable, Hashable {
    /// Where a stretch begins.
    package enum Lower: Sendable, Hashable {
        /// At the table's first key.
        case beginning
        /// Behind a key.
        case after(Key)
        /// With a key.
        case from(Key)
    }

    /// Where it begins.
    package let lower: Lower
    /// The last key of the stretch.
    package let through: Key

    /// Everything behind `after`, or from the table's first key on.
    package init(after: Key?, through: Key) {
        lower = after.map { .after($0) } ?? .beginning
        self.through = through
    }

    /// One key alone.
    package init(exactly key: Key) {
        (lower, through) = (.from(key), key)
    }
}
