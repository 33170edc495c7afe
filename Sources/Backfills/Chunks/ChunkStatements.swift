import Postgres

/// The statements of a chunk's transaction on the walked table.
enum ChunkStatements {
    /// Step 1 for a unique key where enough keys are left: the last of so many. The index alone is read, and nothing is kept
    /// of the keys before it: with the keys in a common table, counted and sorted, 2,000,000 rows took 0.3 s longer.
    static func lastOfNext(_ key: KeyColumns, _ rest: KeyInterval, count: Int) -> SQL {
        """
        SELECT \(key.texts(of: Identifier("last")))
        FROM (
            SELECT \(key.list())
            FROM \(key.relation)
            WHERE \(key.interval(rest))
            ORDER BY \(key.list())
            OFFSET \(count - 1) LIMIT 1
        ) AS last
        """
    }

    /// Step 1 for a unique key where fewer may be left: how many of the next keys there are, and which is the last.
    static func bound(_ key: KeyColumns, _ rest: KeyInterval, limit: Int) -> SQL {
        """
        WITH next AS (
            SELECT \(key.list())
            FROM \(key.relation)
            WHERE \(key.interval(rest))
            ORDER BY \(key.list())
            LIMIT \(limit)
        )
        SELECT (SELECT count(*) FROM next), \(key.texts())
        FROM next
        ORDER BY \(key.descending())
        LIMIT 1
        """
    }

    /// Step 1 where keys repeat: rows that share the last key belong to the chunk too, so the limit may be passed.
    static func boundWithRepeats(_ key: KeyColumns, _ rest: KeyInterval, limit: Int) -> SQL {
        """
        WITH next AS (
            SELECT \(key.list())
            FROM \(key.relation)
            WHERE \(key.interval(rest))
            ORDER BY \(key.list())
            LIMIT \(limit)
        ), last AS (
            SELECT \(key.list())
            FROM next
            ORDER BY \(key.descending())
            LIMIT 1
        )
        SELECT (
                   SELECT count(*)
                   FROM \(key.relation)
                   WHERE \(key.interval(rest, of: key.reference))
                     AND \(key.row(of: key.reference)) <= \(key.row(of: Identifier("last")))
               ),
               \(key.texts(of: Identifier("last")))
        FROM last
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

    /// The keys of an interval, whether or not they need work.
    static func count(_ key: KeyColumns, _ interval: KeyInterval) -> SQL {
        """
        SELECT count(*)
        FROM \(key.relation)
        WHERE \(key.interval(interval, of: key.reference))
        """
    }

    /// Step 2: the row locks, in key order. `LockRows` above the sort or index scan gives the order; a sorted list of
    /// keys joined to the table does not (a hash join locked 1628, 6033, 1020, …).
    ///
    /// FOR NO KEY UPDATE is what an UPDATE of other columns takes anyway (manual, 13.3.2); FOR UPDATE would also block
    /// the foreign-key checks of every child row.
    static func lock(
        _ key: KeyColumns,
        _ interval: KeyInterval,
        where condition: SQLText?,
        strength: LockStrength
    ) -> SQL {
        """
        SELECT count(*)
        FROM (
            SELECT
            FROM \(key.relation)
            WHERE \(key.interval(interval)) \(conjunct(condition))
            ORDER BY \(key.list())
            \(unsafe: strength.rawValue)
        ) AS locked
        """
    }

    /// Step 1 for a walk by places: the last of the next rows on the given pages.
    static func boundByPlace(_ key: KeyColumns, _ window: KeyInterval, limit: Int) -> SQL {
        """
        WITH next AS (
            SELECT ctid AS place
            FROM \(key.relation)
            WHERE \(key.interval(window))
            ORDER BY ctid
            LIMIT \(limit)
        )
        SELECT count(*), max(place)::text
        FROM next
        """
    }

    /// Step 2 for a walk by places. The places are those at which the rows are locked, which are not the ones where they
    /// were found when somebody had just moved them; as long as the locks are held they stay there.
    static func lockPlaces(
        _ key: KeyColumns,
        _ interval: KeyInterval,
        where condition: SQLText?,
        strength: LockStrength
    ) -> SQL {
        """
        SELECT array_agg(locked.place::text)
        FROM (
            SELECT ctid AS place
            FROM \(key.relation)
            WHERE \(key.interval(interval)) \(conjunct(condition))
            ORDER BY ctid
            \(unsafe: strength.rawValue)
        ) AS locked
        """
    }

    /// The relation `chunk`, of which the author's statement speaks. It holds the keys alone: with more columns, `name`
    /// in `UPDATE city SET … = lower(name) FROM chunk` would be ambiguous.
    static func chunk(_ key: KeyColumns, _ selection: ChunkSelection, where condition: SQLText?) -> SQL {
        """
        chunk AS (
            SELECT \(key.exposedList)
            FROM \(key.relation)
            WHERE \(selection.condition(on: key)) \(conjunct(condition))
        )
        """
    }

    /// How many of the rows at these places need work (still, behind the statement).
    static func unchanged(_ key: KeyColumns, at places: [String], where condition: SQLText?) -> SQL {
        """
        SELECT count(*)
        FROM \(key.relation)
        WHERE \(key.places(places)) AND \(key.nullCondition()) \(conjunct(condition))
        """
    }

    static func conjunct(_ condition: SQLText?) -> SQL {
        condition.map { "AND \($0.parenthesized)" } ?? ""
    }
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
    /// The rows at these places, which are locked.
    case places([String])

    /// The rows of the selection in a table, or in what stands for it in a statement.
    func condition(on key: KeyColumns, of relation: Identifier? = nil) -> SQL {
        switch self {
        case .interval(let interval): key.interval(interval, of: relation)
        case .places(let places): "\(key.places(places, of: relation)) AND \(key.nullCondition(of: relation))"
        }
    }
}
