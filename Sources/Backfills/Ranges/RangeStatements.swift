import Postgres

/// What is asked of a table to cut it into ranges.
enum RangeStatements {
    static func lastKey(_ key: KeyColumns) -> SQL {
        """
        SELECT \(key.texts())
        FROM \(identifier: key.table)
        ORDER BY \(key.descending())
        LIMIT 1
        """
    }

    /// The key so many rows further on.
    static func key(after rest: KeyInterval, skipping rows: Int, _ key: KeyColumns) -> SQL {
        """
        SELECT \(key.texts())
        FROM \(identifier: key.table)
        WHERE \(key.interval(rest)) AND \(key.row()) < \(key.value(rest.through))
        ORDER BY \(key.list())
        OFFSET \(rows)
        LIMIT 1
        """
    }

    static func count(_ table: Identifier) -> SQL {
        "SELECT count(*) FROM \(identifier: table)"
    }

    /// The keys that end all ranges but the last. `REPEATABLE` makes the cut the same when it has to be made again.
    static func cuts(_ key: KeyColumns, upTo bound: Key, count: Int, percent: Double) -> SQL {
        let sample: SQL = percent >= 100 ? "" : "TABLESAMPLE SYSTEM (\(percent)) REPEATABLE (1)"
        return """
            WITH sample AS (
                SELECT DISTINCT \(key.list())
                FROM \(identifier: key.table) \(sample)
                WHERE \(key.row()) < \(key.value(bound))
            ), numbered AS (
                SELECT *,
                       row_number() OVER (ORDER BY \(key.list())) AS number_,
                       count(*) OVER () AS total_
                FROM sample
            )
            SELECT \(key.texts())
            FROM numbered
            WHERE number_ * \(count) / total_ > (number_ - 1) * \(count) / total_ AND number_ < total_
            ORDER BY \(key.list())
            """
    }
}
