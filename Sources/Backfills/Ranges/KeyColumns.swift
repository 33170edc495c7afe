package import Postgres

/// The places of the rows that a chunk has locked, kept on the server for the statements behind.
///
/// A setting that is local to the transaction costs no round trip. The planner reads it when it estimates, so that a chunk of
/// 20,000 rows is not taken for one of ten, for which it would compare each row with each. Sent back as a parameter they cost
/// 2.2 times the statement, arrays of keys 1.1 to 1.5 times; this is within the noise of the interval alone.
enum LockedPlaces {
    /// The places of the locked rows.
    static let places: SQL = "pg_catalog.current_setting('caisson.places')"
    /// The places to which an UPDATE has moved them.
    static let moved: SQL = "coalesce(nullif(pg_catalog.current_setting('caisson.moved', true), ''), '{}')"

    /// One column of the keys of the locked rows.
    static func places(column: Int) -> SQL {
        "pg_catalog.current_setting(\(literal: name(column: column)))"
    }

    /// Keeps what is known of each locked row, given the names under which a query has it.
    static func keep(_ values: [SQL]) -> SQL {
        guard values.count > 1 else { return keep("pg_catalog.array_agg(\(values[0]))") }
        return values.indices.map { keep("pg_catalog.array_agg(\(values[$0]))", as: name(column: $0)) }
            .joined(
                separator: ", "
            )
    }

    private static func name(column: Int) -> String {
        column == 0 ? "caisson.places" : "caisson.places_\(column)"
    }

    /// Keeps an aggregated array of places for the rest of the transaction, and returns nothing large.
    static func keep(_ array: SQL, as name: String = "caisson.places") -> SQL {
        "pg_catalog.length(pg_catalog.set_config(\(literal: name), coalesce(\(array)::pg_catalog.text, '{}'), true))"
    }
}

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

        /// Whether the server brings the type along; of others, `citext` for one, the operators may be anywhere.
        fileprivate var isBuiltIn: Bool { Self.builtIn.contains(type) }

        private static let builtIn: Set = [
            "bigint", "integer", "smallint", "text", "character varying", "character", "bpchar", "uuid",
            "numeric", "date",
            "timestamp without time zone", "timestamp with time zone", "time without time zone",
            "time with time zone",
            "interval", "boolean", "real", "double precision", "bytea", "oid", "name", "\"char\"", "inet",
            "macaddr", "tid",
        ]

        /// An operator between two values of the column. By its name alone a better match in somebody's schema would be found:
        /// two `varchar` are no exact match of anything that the server has.
        fileprivate func comparison(_ symbol: String) -> SQL {
            isBuiltIn ? "OPERATOR(pg_catalog.\(unsafe: symbol))" : "\(unsafe: symbol)"
        }
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
    /// Its object id, by which it stays known when somebody gives its name to another table; 0 where nobody looked it up.
    package let oid: Int64
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
    /// How the rows that a chunk has locked are found again.
    package private(set) var placing: Placing

    /// A walk by a key.
    package init(
        table: Identifier,
        oid: Int64 = 0,
        columns: [Column],
        uniqueness: Uniqueness,
        nullable: [String] = [],
        tree: Tree? = nil,
        placing: Placing = .place
    ) {
        self.table = table
        self.oid = oid
        self.columns = columns
        self.uniqueness = uniqueness
        order = .key
        self.nullable = nullable
        exposed = columns.map(\.name) + (nullable.isEmpty ? [] : [Self.place.name])
        self.tree = tree
        self.placing = placing
    }

    /// A walk by places over all rows, or over those with NULL in the key.
    private init(places order: WalkOrder, of key: KeyColumns) {
        table = key.table
        oid = key.oid
        columns = [Self.place]
        uniqueness = .unique
        self.order = order
        nullable = order == .nulls ? key.nullable : []
        exposed = order == .nulls ? key.exposed : [Self.place.name]
        tree = key.tree
        placing = key.placing
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
    package func row(of relation: Identifier? = nil, from first: Int = 0) -> SQL {
        tuple(columns.dropFirst(first).map { reference($0, relation) })
    }

    /// The columns of the key in a list: `"a", "b"`.
    package func list(of relation: Identifier? = nil) -> SQL {
        columns.map { reference($0, relation) }.joined(separator: ", ")
    }

    /// What `chunk` holds, in a list.
    package func exposedList(of relation: Identifier? = nil) -> SQL {
        exposed.map { reference(Column(name: $0, type: ""), relation) }.joined(separator: ", ")
    }

    /// The transaction that made the version of a row.
    package func reference(version relation: Identifier?) -> SQL {
        reference(Column(name: "xmin", type: ""), relation)
    }

    /// Where a row lies.
    package func reference(place relation: Identifier?) -> SQL {
        reference(Self.place, relation)
    }

    /// The columns in a list, each in the given order of sorting.
    package func descending(of relation: Identifier? = nil) -> SQL {
        columns.map { reference($0, relation) + " DESC" }.joined(separator: ", ")
    }

    /// The key of a row as `text[]`, the form in which it is kept.
    package func texts(of relation: Identifier? = nil) -> SQL {
        "ARRAY[\(columns.map { reference($0, relation) + "::pg_catalog.text" }.joined(separator: ", "))]"
    }

    /// A key that was kept, cast back: `$1::bigint` or `($1::text, $2::uuid)`.
    package func value(_ key: Key, from first: Int = 0) -> SQL {
        tuple(
            zip(columns, key.parts).dropFirst(first).map { column, text in "\(text)::\(unsafe: column.type)" }
        )
    }

    /// The condition that a row's key lies in an interval.
    ///
    /// Row values compare left to right and use the index; the same spelled with OR does not (measured elsewhere at a
    /// hundredth of the speed). Columns that are the same at both ends are compared by themselves: the planner estimates a
    /// comparison of rows by its first column alone, and where one value of that has most of the rows it would
    /// read the whole table for each chunk.
    package func interval(_ interval: KeyInterval, of relation: Identifier? = nil) -> SQL {
        let shared = sharedColumns(of: interval)
        let row = row(of: relation, from: shared)
        var conditions = zip(columns, interval.through.parts).prefix(shared).map { column, text -> SQL in
            "\(reference(column, relation)) \(column.comparison("=")) \(text)::\(unsafe: column.type)"
        }
        switch interval.lower {
        case .beginning: break
        case .after(let key):
            conditions.append("\(row) \(comparison(">", from: shared)) \(value(key, from: shared))")
        case .from(let key):
            conditions.append("\(row) \(comparison(">=", from: shared)) \(value(key, from: shared))")
        }
        conditions.append("\(row) \(comparison("<=", from: shared)) \(value(interval.through, from: shared))")
        let condition = conditions.joined(separator: " AND ")
        return nullable.isEmpty ? condition : "\(condition) AND \(nullCondition(of: relation))"
    }

    /// The operator that says whether two values of a column are equal.
    func equals(_ name: String) -> SQL {
        columns.first { $0.name == name }?.comparison("=") ?? "="
    }

    /// The operator that compares the columns of the key from one on.
    private func comparison(_ symbol: String, from first: Int) -> SQL {
        let rest = columns.dropFirst(first)
        return rest.allSatisfy(\.isBuiltIn)
            ? "OPERATOR(pg_catalog.\(unsafe: symbol))" : "\(unsafe: symbol)"
    }

    /// How many of the first columns have one value in the whole interval; never the last one.
    package func sharedColumns(of interval: KeyInterval) -> Int {
        let lower: Key
        switch interval.lower {
        case .beginning: return 0
        case .after(let key), .from(let key): lower = key
        }
        let pairs = zip(lower.parts, interval.through.parts)
        return pairs.prefix { $0.utf8.elementsEqual($1.utf8) }.prefix(columns.count - 1).count
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
        "\(reference(Self.place, relation)) = ANY (\(PostgresArray(places))::pg_catalog.tid[])"
    }

    /// The condition that a row is one of those that the chunk's transaction has locked, see ``LockedPlaces``.
    package func isLocked(of relation: Identifier? = nil) -> SQL {
        switch placing {
        case .place:
            return "\(reference(Self.place, relation)) = ANY (\(LockedPlaces.places)::pg_catalog.tid[])"
        case .tableAndPlace:
            // Texts in a list would be compared each with each.
            return """
                \(lockedValues(of: relation)[0]) IN (
                    SELECT caisson_place FROM pg_catalog.unnest(\(LockedPlaces.places)::pg_catalog.text[]) AS caisson_locked(caisson_place)
                )
                """
        case .key:
            let arrays = columns.indices.map {
                "pg_catalog.unnest(\(LockedPlaces.places(column: $0))::\(unsafe: columns[$0].type)[])" as SQL
            }
            let names = columns.indices.map { "caisson_key_\(unsafe: String($0))" as SQL }.joined(
                separator: ", "
            )
            return """
                \(row(of: relation)) \(comparison("=", from: 0)) ANY (
                    SELECT \(names) FROM ROWS FROM (\(arrays.joined(separator: ", "))) AS caisson_locked(\(names))
                )
                """
        }
    }

    /// What is kept of each locked row.
    package func lockedValues(of relation: Identifier? = nil) -> [SQL] {
        let place = reference(Self.place, relation)
        return switch placing {
        case .place: [place]
        case .tableAndPlace:
            [
                "(\(reference(Column(name: "tableoid", type: ""), relation))::pg_catalog.text || \(place)::pg_catalog.text)"
            ]
        case .key: columns.map { reference($0, relation) }
        }
    }

    /// The same key, with its rows found again in another way.
    package func placed(_ placing: Placing) -> KeyColumns {
        var key = self
        key.placing = placing
        return key
    }

    /// How the rows that a chunk has locked are found again.
    package enum Placing: Sendable, Hashable {
        /// By where they lie.
        case place
        /// By table and place: the rows of several tables are walked at once, as runs of an older version do.
        case tableAndPlace
        /// By the key, for a role that may read some columns only: a place is none of those. (Arrays of keys cost 1.1 to 1.5
        /// times the statement.)
        case key
    }

    private func reference(_ column: Column, _ relation: Identifier?) -> SQL {
        guard let relation else { return "\(identifier: column.name)" }
        return "\(identifier: relation).\(identifier: column.name)"
    }

    private func tuple(_ parts: [SQL]) -> SQL {
        parts.count == 1 ? parts[0] : "(\(parts.joined(separator: ", ")))"
    }
}
