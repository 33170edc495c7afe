import Postgres

/// The statements that put a staged set of rows that point to each other into levels.
struct HierarchyStatements {
    let rows: SinkStatements
    let hierarchy: SinkPlan.PlannedHierarchy
    let staging: StagingTable

    /// Gives each row the number of its level: 0 for a row without a parent in the set, or with itself as its
    /// parent; one more than its parent's for every other row. Rows in a cycle, and those below one, are never
    /// reached and get NULL.
    ///
    /// No two rows have the same key here, so each row is reached once and the recursion ends.
    var place: SQL {
        """
        CREATE TEMPORARY TABLE \(identifier: staging.levels.name) ON COMMIT DROP AS
        \(rows.with(recursive: true)),
        placed AS (
            SELECT child.\(ordinal), 0 AS \(level)\(keys("child"))
            FROM proposed AS child
            WHERE NOT EXISTS (SELECT FROM proposed AS parent WHERE \(isParent("parent")))
            UNION ALL
            SELECT child.\(ordinal), placed.\(level) + 1\(keys("child"))
            FROM placed
            JOIN proposed AS child ON \(isParent("placed"))
        )
        SELECT proposed.\(ordinal) AS ordinal, placed.\(level) AS number
        FROM proposed
        LEFT JOIN placed ON placed.\(ordinal) = proposed.\(ordinal)
        """
    }

    /// The rows placed, the rows that could not be, and the key of a duplicate where duplicates are refused.
    var summary: SQL {
        """
        \(rows.with)
        SELECT pg_catalog.count(number), pg_catalog.count(*) - pg_catalog.count(number), \(rows.duplicateKey)
        FROM \(identifier: staging.levels)
        """
    }

    /// The number of rows on each level, the first level first.
    var levels: SQL {
        """
        SELECT number, pg_catalog.count(*) FROM \(identifier: staging.levels)
        GROUP BY number ORDER BY number
        """
    }

    /// The rows that could not be placed: their position, their parent's and their key.
    var unplaced: SQL {
        let key = hierarchy.key.map { "child.\(identifier: $0.name)" as SQL }.joined(separator: ", ")
        return """
            \(rows.with)
            SELECT child.\(ordinal), parent.\(ordinal), pg_catalog.concat_ws(', ', \(key))
            FROM proposed AS child
            JOIN \(identifier: staging.levels) AS level ON level.ordinal = child.\(ordinal)
            JOIN proposed AS parent ON \(isParent("parent"))
            WHERE level.number IS NULL
            """
    }

    private var ordinal: SQL { rows.ordinal }

    /// Beside the columns of the key, one of which may well be called `number`.
    private var level: SQL { "\(identifier: "level of the row")" }

    private func keys(_ relation: SQL) -> SQL {
        hierarchy.key.map { ", \(relation).\(identifier: $0.name)" as SQL }.joined(separator: "")
    }

    /// Whether `child` points to a row other than itself.
    private func isParent(_ relation: SQL) -> SQL {
        let pairs = zip(hierarchy.key, hierarchy.parent).map { key, parent -> SQL in
            "\(relation).\(identifier: key.name) = child.\(identifier: parent.name)"
        }
        return pairs.joined(separator: " AND ") + " AND \(relation).\(ordinal) <> child.\(ordinal)"
    }
}
