import Postgres

// An upsert of a staged set as one join of the set and the table.

extension SinkPlan {
    /// Whether MERGE does the same to this table as `INSERT … ON CONFLICT`.
    ///
    /// It does where nothing but the row itself is written: ON CONFLICT fires the triggers of an insert for rows that
    /// it then updates, MERGE does not. Keys are compared with `=`, so that none may be NULL. Expressions stay with
    /// ON CONFLICT, whose `excluded` row also has the columns that were not given.
    ///
    /// - Parameter serverVersion: MERGE came with version 15.
    func mergesStaged(by serverVersion: Int) -> Bool {
        guard case .upsert(_, let setting) = action, serverVersion >= 150_000 else { return false }
        return table.isPlain && key.allSatisfy(\.isNotNull) && updateCondition == nil
            && setting.allSatisfy { $0.expression == nil }
    }
}

extension SinkStatements {
    /// Counts the rows that MERGE inserts: its tag tells one number for inserted and updated rows together, and
    /// RETURNING came with version 17. WHEN NOT MATCHED is looked at once for each row, where WHEN MATCHED is looked
    /// at again when another transaction changed the row meanwhile.
    private static let counter = Identifier("pg_temp", "caisson_inserted")

    /// What is set for the statement and set back behind it.
    private static let settings = ["enable_hashjoin", "enable_mergejoin", "enable_nestloop", "work_mem"]

    static let mergeSettings: SQL = """
        SELECT ARRAY[\(settings.map { "current_setting(\(literal: $0))" as SQL }.joined(separator: ", "))]
        """

    /// Locks are taken in the order of the key as long as the join keeps the order of its sorted input, as a merge
    /// join and a nested loop do and a hash join does not. With the 4 MB of memory that are the server's default, sorting
    /// a million rows took half a second more.
    var beginMerge: SQL {
        """
        SAVEPOINT caisson_merge;
        CREATE TEMPORARY SEQUENCE \(identifier: Self.counter.name) CACHE 1;
        SET LOCAL enable_hashjoin = off;
        SET LOCAL enable_mergejoin = on;
        SET LOCAL enable_nestloop = on;
        SELECT pg_catalog.set_config('work_mem', '64MB', true)
        WHERE pg_catalog.pg_size_bytes(pg_catalog.current_setting('work_mem')) < pg_catalog.pg_size_bytes('64MB')
        """
    }

    static let takeMergeBack: SQL = """
        ROLLBACK TO SAVEPOINT caisson_merge;
        RELEASE SAVEPOINT caisson_merge
        """

    /// - Parameter values: what ``mergeSettings`` returned.
    func endMerge(_ values: [String]) -> SQL {
        let sets = zip(Self.settings, values).map { "SET LOCAL \(identifier: $0) = \(literal: $1);" as SQL }
        return """
            \(sets.joined(separator: "\n"))
            DROP SEQUENCE \(identifier: Self.counter);
            RELEASE SAVEPOINT caisson_merge
            """
    }

    var insertedByMerge: SQL {
        "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM \(identifier: Self.counter)"
    }

    var merge: SQL {
        """
        MERGE INTO \(identifier: table) AS target
        USING (
        \(source.keys.areDistinct ? inOrder : settled)
        ) AS excluded
        ON \(keyMatch("target", "excluded"))\(keyBounds("target"))
        \(updateMatched)WHEN NOT MATCHED AND pg_catalog.nextval(\(literal: Self.counter.quoted)) > 0 THEN
            INSERT (\(list(plan.columns, separator: ", ") { $0 }))
            VALUES (\(list(plan.columns, separator: ", ") { "excluded.\($0)" }))
        """
    }

    /// The number of different keys, and a key that comes more than once.
    var countKeys: SQL {
        """
        WITH staged AS (
        \(source.select(plan.columns))
        )
        SELECT pg_catalog.count(*), \(duplicateKey)
        FROM (SELECT DISTINCT \(keyList()) FROM staged) AS different
        """
    }

    private var updateMatched: SQL {
        guard case .upsert(_, let setting) = plan.action, !setting.isEmpty else { return "" }
        return """
            WHEN MATCHED\(onlyIf(setting, lead: " AND ")) THEN
                UPDATE SET \(assignments(setting))

            """
    }

    private var inOrder: SQL {
        """
        \(source.select(plan.columns))
            ORDER BY \(keyList())
        """
    }

    private var settled: SQL {
        """
            WITH staged AS (
            \(source.select(plan.columns))
            )
            \(proposed)
        """
    }
}
