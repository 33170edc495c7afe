import Postgres

/// The statements of a chunk's transaction on the walked table.
enum ChunkStatements {
    /// Step 1 for a unique key where enough keys are left: the last of so many. The index alone is read, and nothing is kept
    /// of the keys before it: with the keys in a common table, counted and sorted, 2,000,000 rows took 0.3 s longer.
    static func lastOfNext(_ key: KeyColumns, _ rest: KeyInterval, count: Int) -> SQL {
        """
        SELECT \(key.texts(of: Identifier("caisson_last")))
        FROM (
            SELECT \(key.list())
            FROM \(key.relation)
            WHERE \(key.interval(rest))
            ORDER BY \(key.list())
            OFFSET \(count - 1) LIMIT 1
        ) AS caisson_last
        """
    }

    /// Step 1 for a unique key where fewer may be left: how many of the next keys there are, and which is the last.
    static func bound(_ key: KeyColumns, _ rest: KeyInterval, limit: Int) -> SQL {
        """
        WITH caisson_next AS (
            SELECT \(key.list())
            FROM \(key.relation)
            WHERE \(key.interval(rest))
            ORDER BY \(key.list())
            LIMIT \(limit)
        )
        SELECT (SELECT pg_catalog.count(*) FROM caisson_next), \(key.texts())
        FROM caisson_next
        ORDER BY \(key.descending())
        LIMIT 1
        """
    }

    /// Step 1 where keys repeat: rows that share the last key belong to the chunk too, so the limit may be passed.
    static func boundWithRepeats(_ key: KeyColumns, _ rest: KeyInterval, limit: Int) -> SQL {
        """
        WITH caisson_next AS (
            SELECT \(key.list())
            FROM \(key.relation)
            WHERE \(key.interval(rest))
            ORDER BY \(key.list())
            LIMIT \(limit)
        ), caisson_last AS (
            SELECT \(key.list())
            FROM caisson_next
            ORDER BY \(key.descending())
            LIMIT 1
        )
        SELECT (
                   SELECT pg_catalog.count(*)
                   FROM \(key.relation)
                   WHERE \(key.interval(rest, of: key.reference))
                     AND \(key.row(of: key.reference)) <= \(key.row(of: Identifier("caisson_last")))
               ),
               \(key.texts(of: Identifier("caisson_last")))
        FROM caisson_last
        """
    }

    /// The first key that has work left, for a row that stands in the way.
    static func nextKey(_ key: KeyColumns, _ rest: KeyInterval, where condition: SQLText?) -> SQL {
        """
        SELECT \(key.texts(of: key.reference))
        FROM \(key.relation)
        WHERE \(key.interval(rest, of: key.reference)) \(conjunct(condition))
        ORDER BY \(key.list(of: key.reference))
        LIMIT 1
        """
    }

    /// Step 2: the row locks, in key order, and the places at which the rows are locked. `LockRows` above the sort or index
    /// scan gives the order; a sorted list of keys joined to the table does not (a hash join locked 1628, 6033, 1020, …).
    ///
    /// The places are those at which the rows are locked, which are not the ones where they were found when somebody had just
    /// moved them; as long as the locks are held they stay there.
    ///
    /// FOR NO KEY UPDATE is what an UPDATE of other columns takes anyway (manual, 13.3.2); FOR UPDATE would also block
    /// the foreign-key checks of every child row.
    static func lock(
        _ key: KeyColumns,
        _ interval: KeyInterval,
        where condition: SQLText?,
        strength: LockStrength
    ) -> SQL {
        let values = key.lockedValues(of: key.reference)
        let names = values.indices.map { "caisson_\(unsafe: String($0))" as SQL }
        let named = zip(values, names).map { "\($0) AS \($1)" as SQL }.joined(separator: ", ")
        return """
            SELECT pg_catalog.count(*), \(LockedPlaces.keep(names.map { "locked.\($0)" }))
            FROM (
                SELECT \(named)
                FROM \(key.relation)
                WHERE \(key.interval(interval, of: key.reference)) \(conjunct(condition))
                ORDER BY \(key.list(of: key.reference))
                \(unsafe: strength.rawValue)
            ) AS locked
            """
    }

    /// Keeps the places of the rows of a chunk without locking them, for a look at the plan.
    static func find(_ key: KeyColumns, _ interval: KeyInterval, where condition: SQLText?) -> SQL {
        """
        SELECT \(LockedPlaces.keep(key.lockedValues(of: key.reference)))
        FROM \(key.relation)
        WHERE \(key.interval(interval, of: key.reference)) \(conjunct(condition))
        """
    }

    /// Step 1 for a walk by places: the last of the next rows on the given pages.
    static func boundByPlace(_ key: KeyColumns, _ window: KeyInterval, limit: Int) -> SQL {
        """
        WITH caisson_next AS (
            SELECT ctid AS place
            FROM \(key.relation)
            WHERE \(key.interval(window))
            ORDER BY ctid
            LIMIT \(limit)
        )
        SELECT pg_catalog.count(*), pg_catalog.max(place)::pg_catalog.text
        FROM caisson_next
        """
    }

    /// The relation `chunk`, of which the author's statement speaks: a set of keys. It holds the keys alone: with more
    /// columns, `name` in `UPDATE city SET … = lower(name) FROM chunk` would be ambiguous.
    static func chunk(_ key: KeyColumns, _ selection: ChunkSelection, where condition: SQLText?) -> SQL {
        let distinct: SQL = key.uniqueness == .repeated ? "DISTINCT " : ""
        return """
            chunk AS (
                SELECT \(distinct)\(key.exposedList(of: key.reference))
                FROM \(key.relation)
                WHERE \(selection.condition(on: key, of: key.reference)) \(conjunct(condition))
            )
            """
    }

    /// How many of the locked rows, wherever the statement has moved them, need work still.
    static func unchanged(_ key: KeyColumns, where condition: SQLText?) -> SQL {
        """
        SELECT pg_catalog.count(*)
        FROM \(key.relation)
        WHERE \(key.reference(place: key.reference)) = ANY (
                (\(LockedPlaces.places)::pg_catalog.tid[]) OPERATOR(pg_catalog.||) (\(LockedPlaces.moved)::pg_catalog.tid[])
              )
          AND \(key.nullCondition(of: key.reference)) \(conjunct(condition))
        """
    }

    /// Whether a trigger of the table's owner may change a row before an UPDATE stores it (bits of `tgtype`: 1 for each row,
    /// 2 before, 16 UPDATE).
    static func hasTriggerBeforeUpdate(on table: Int64) -> SQL {
        """
        SELECT EXISTS (
            SELECT
            FROM pg_catalog.pg_trigger AS trigger
            WHERE trigger.tgrelid = \(table)::bigint::pg_catalog.oid AND trigger.tgtype::integer & 19 = 19
              AND trigger.tgenabled <> 'D' AND NOT trigger.tgisinternal
        )
        """
    }

    /// Whether the role may read where rows lie: not with privileges on some columns alone.
    static func mayReadPlaces(of table: Int64) -> SQL {
        "SELECT coalesce(pg_catalog.has_column_privilege(\(table)::bigint::pg_catalog.oid, 'ctid', 'SELECT'), true)"
    }

    /// What the transaction has written to tables so far, by whatever way.
    ///
    /// The counters are those that the server keeps for its statistics (manual, 28.2.24): they count what triggers and
    /// cascades do as well, and cost a look into the session's own memory.
    static func writes(to tables: [Int64]) -> SQL {
        "SELECT \(counters) \(counted(tables))"
    }

    /// The same, and what holds of the walked table by now: whether anybody counts, what its name means, whether it is still part
    /// of the one that the definition names, and whether a trigger may have changed its rows before they were stored.
    static func writes(to tables: [Int64], of key: KeyColumns) -> SQL {
        """
        SELECT \(counters),
               pg_catalog.current_setting('track_counts')::boolean,
               pg_catalog.to_regclass(\(key.table.quoted))::pg_catalog.oid::bigint,
               \(key.tree.map { "(" + CatalogStatements.isPart($0.part, of: $0.root) + ")" } ?? "true"),
               (\(hasTriggerBeforeUpdate(on: key.oid)))
        \(counted(tables))
        """
    }

    private static let counters: SQL = """
        coalesce(pg_catalog.sum(pg_catalog.pg_stat_get_xact_tuples_inserted(walked)), 0)::bigint,
        coalesce(pg_catalog.sum(pg_catalog.pg_stat_get_xact_tuples_updated(walked)), 0)::bigint,
        coalesce(pg_catalog.sum(pg_catalog.pg_stat_get_xact_tuples_deleted(walked)), 0)::bigint
        """

    private static func counted(_ tables: [Int64]) -> SQL {
        "FROM pg_catalog.unnest(\(PostgresArray(tables))::bigint[]::pg_catalog.oid[]) AS walked"
    }

    /// Which of the locked rows are as they were, and how many rows in the stretch of keys are of this transaction's making.
    ///
    /// Rows that triggers write behind a savepoint have a number of their own, which is not below that of the transaction.
    static func writtenKeys(_ key: KeyColumns, _ interval: KeyInterval, _ locked: LockedRows) -> SQL {
        let untouched: SQL =
            locked == .none
            ? "0"
            : """
            (SELECT pg_catalog.count(*) FROM \(key.relation) WHERE \(key.isLocked(of: key.reference)))
            """
        return """
            SELECT \(untouched), pg_catalog.count(*)
            FROM \(key.relation)
            WHERE \(key.interval(interval, of: key.reference))
              AND pg_catalog.age(\(key.reference(version: key.reference)))
                  <= pg_catalog.age(pg_catalog.pg_current_xact_id()::pg_catalog.xid)
            """
    }

    static func conjunct(_ condition: SQLText?) -> SQL {
        condition.map { "AND \($0.parenthesized)" } ?? ""
    }
}

/// Whether a chunk has locked its rows before it wrote them.
enum LockedRows: Sendable, Hashable {
    case locked, none
}

/// How strongly the rows of a chunk are locked before the statement runs.
enum LockStrength: String, Sendable, Hashable {
    /// For changes that leave every key as it is.
    case noKeyUpdate = "FOR NO KEY UPDATE"
    /// For rows that are deleted.
    case update = "FOR UPDATE"
}

/// Which rows a chunk's statement is restricted to.
enum ChunkSelection: Sendable, Hashable {
    /// The rows of an interval of keys.
    case interval(KeyInterval)
    /// The rows that the transaction has locked, and no others. In a table so small that the planner reads all of it the stretch
    /// of keys is said too: conditions are sorted by what they cost, and the author's would be computed for rows that are not
    /// of the chunk, before the places are compared. Where it is not needed it would make the planner think of fewer rows.
    case locked(within: KeyInterval?)

    /// The rows of the selection in a table, or in what stands for it in a statement.
    func condition(on key: KeyColumns, of relation: Identifier? = nil) -> SQL {
        switch self {
        case .interval(let interval): key.interval(interval, of: relation)
        case .locked(let interval?):
            "\(key.interval(interval, of: relation)) AND \(key.isLocked(of: relation))"
        case .locked(nil): key.isLocked(of: relation)
        }
    }
}
