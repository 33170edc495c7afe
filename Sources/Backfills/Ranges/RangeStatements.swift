import Postgres

/// What is asked of a table to cut it into ranges.
enum RangeStatements {
    static func lastKey(_ key: KeyColumns) -> SQL {
        """
        SELECT \(key.texts())
        FROM \(key.relation)
        WHERE \(key.nullCondition())
        ORDER BY \(key.descending())
        LIMIT 1
        """
    }

    /// The last key behind another; none when there is no row behind it.
    static func lastKey(_ key: KeyColumns, after other: Key?) -> SQL {
        guard let other else { return lastKey(key) }
        return """
            SELECT \(key.texts())
            FROM \(key.relation)
            WHERE \(key.nullCondition()) AND \(key.row()) > \(key.value(other))
            ORDER BY \(key.descending())
            LIMIT 1
            """
    }

    static func count(_ key: KeyColumns, in interval: KeyInterval) -> SQL {
        "SELECT pg_catalog.count(*) FROM \(key.relation) WHERE \(key.interval(interval, of: key.reference))"
    }

    /// The transactions of others that have written to a table, or are about to: they hold a lock on it that says so
    /// until they end.
    static func writers(of table: Int64) -> SQL {
        """
        SELECT DISTINCT virtualtransaction
        FROM pg_catalog.pg_locks
        WHERE locktype = 'relation' AND relation = \(table)::bigint::pg_catalog.oid AND granted
          AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
          AND mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
          AND pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
        """
    }

    /// The key so many rows further on.
    static func key(after rest: KeyInterval, skipping rows: Int, _ key: KeyColumns) -> SQL {
        """
        SELECT \(key.texts())
        FROM \(key.relation)
        WHERE \(key.interval(rest)) AND \(key.row()) < \(key.value(rest.through))
        ORDER BY \(key.list())
        OFFSET \(rows)
        LIMIT 1
        """
    }

    static func count(_ key: KeyColumns) -> SQL {
        "SELECT pg_catalog.count(*) FROM \(key.relation) WHERE \(key.nullCondition())"
    }

    /// How many rows belong to a walk by places, and from where to where they lie.
    static func places(_ key: KeyColumns) -> SQL {
        "SELECT pg_catalog.count(*), pg_catalog.min(ctid)::pg_catalog.text, pg_catalog.max(ctid)::pg_catalog.text FROM \(key.relation) WHERE \(key.nullCondition())"
    }

    /// The size of the table as it is now.
    static func pages(_ key: KeyColumns) -> SQL {
        """
        SELECT (pg_catalog.pg_relation_size(\(key.table.quoted)::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint)::bigint
        """
    }

    /// The keys that end all ranges but the last. `REPEATABLE` makes the cut the same when it has to be made again. A key
    /// that many rows share counts as many times, and ends one range however often it comes up.
    static func cuts(_ key: KeyColumns, upTo bound: Key, count: Int, percent: Double) -> SQL {
        let sample: SQL = percent >= 100 ? "" : "TABLESAMPLE SYSTEM (\(percent)) REPEATABLE (1)"
        return """
            WITH caisson_sample AS (
                SELECT \(key.list())
                FROM \(key.relation) \(sample)
                WHERE \(key.nullCondition()) AND \(key.row()) < \(key.value(bound))
            ), caisson_numbered AS (
                SELECT *,
                       pg_catalog.row_number() OVER (ORDER BY \(key.list())) AS caisson_number,
                       pg_catalog.count(*) OVER () AS caisson_total
                FROM caisson_sample
            )
            SELECT \(key.texts())
            FROM caisson_numbered
            WHERE caisson_number * \(count) / caisson_total > (caisson_number - 1) * \(count) / caisson_total AND caisson_number < caisson_total
            GROUP BY \(key.list())
            ORDER BY \(key.list())
            """
    }
}
