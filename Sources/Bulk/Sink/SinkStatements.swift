import Postgres

/// The statements that write one source of rows to a sink.
///
/// All have one shape: `staged` are the rows as they came, cast to the types of the columns; `proposed` are
/// those that are left when duplicates are settled; `written` are the rows of the table that changed.
struct SinkStatements {
    let plan: SinkPlan
    let source: RowSource

    var table: Identifier { plan.table.name }

    /// Locks the rows of the table whose keys are in the source, in the order of the key, and counts them.
    var lock: SQL {
        """
        WITH staged AS (
        \(source.select(plan.key))
        )
        SELECT pg_catalog.count(*)
        \(source.isStaged ? lockedAfterSort : lockedOneByOne)
        """
    }

    /// The order comes from the plan's shape: LATERAL makes the sorted keys the outer side of a nested loop,
    /// and a sub-select with a locking clause is never pulled up, so the rows are looked up and locked one
    /// key after the other. Sorted input of a join gives no such order, a hash join returns the rows as they
    /// lie in the table. A chunk of a large table is never worth more than a look-up for each key.
    private var lockedOneByOne: SQL {
        """
        FROM (SELECT DISTINCT \(keyList()) FROM staged ORDER BY \(keyList())) AS wanted
        CROSS JOIN LATERAL (
            SELECT FROM \(identifier: table) AS target
            WHERE \(keyMatch("target", "wanted"))
            \(plan.lockClause)
        ) AS locked
        """
    }

    /// Rows are locked by the topmost node of the plan, behind the sort, so any join will do: the server knows
    /// the size of a staged set, and a merge or hash join took 2.0 s to 3.3 s where a million look-ups in a table of
    /// 500,000 rows took 5.0 s to 5.5 s (20,000: 230 ms against 170 ms).
    private var lockedAfterSort: SQL {
        """
        FROM (
            SELECT FROM \(identifier: table) AS target
            JOIN (SELECT DISTINCT \(keyList()) FROM staged) AS wanted
                ON \(keyMatch("target", "wanted"))\(keyBounds("target"))
            ORDER BY \(keyList("target"))
            \(plan.lockClause) OF target
        ) AS locked
        """
    }

    /// Writes the rows. Returns one row: the number of rows proposed, inserted, updated, deleted, removed, held back,
    /// dropped by triggers, and the key of a duplicate where duplicates are refused.
    var write: SQL {
        """
        \(with),
        \(changes(returning: writtenKey))
        SELECT \(proposedCount),
               pg_catalog.count(*) FILTER (WHERE kind = 'i'), pg_catalog.count(*) FILTER (WHERE kind = 'u'),
               pg_catalog.count(*) FILTER (WHERE kind = 'd'), pg_catalog.count(*) FILTER (WHERE kind = 'g'),
               \(heldBack), \(dropped), \(duplicateKey)
        FROM written
        """
    }

    /// Writes the rows and keeps the number of those that changed on the server, for a statement that is sent along with this one.
    func writeKeepingCount(in setting: String) -> SQL {
        """
        \(with),
        \(changes(returning: writtenKey))
        SELECT pg_catalog.set_config(\(setting), pg_catalog.count(*)::pg_catalog.text, true)
        FROM written
        """
    }

    /// Writes the rows and returns those that changed as JSON, before and after, in the order of the key.
    var writeShowingRows: SQL {
        let order = plan.key.indices.map { "written.\(keyName($0))" as SQL }.joined(separator: ", ")
        return """
            \(with),
            before AS (
            \(rowsBefore)
            ),
            \(changes(returning: ", pg_catalog.to_jsonb(target.*) AS after\(returnedKey(plan.key))"))
            SELECT pg_catalog.to_jsonb(before.*)::pg_catalog.text, CASE WHEN written.kind NOT IN ('d', 'g') THEN written.after::pg_catalog.text END
            FROM written
            LEFT JOIN before ON \(plan.key.isEmpty ? "false" : isWritten("before"))
            \(plan.key.isEmpty ? "" : "ORDER BY " + order)
            """
    }
}

extension SinkStatements {
    /// Runs ``write``.
    ///
    /// - Parameter proposed: the number of rows in the source.
    func run(proposed: Int, on connection: Connection) throws -> WriteOutcome {
        if let plainUpdate {
            var outcome = WriteOutcome()
            outcome.proposed = proposed
            outcome.updated = try connection.execute(plainUpdate)
            return outcome
        }
        let (left, inserted, updated, deleted, removed, heldBack, dropped, duplicate) =
            try connection.queryOne(
                write,
                as: Int?.self,
                Int.self,
                Int.self,
                Int.self,
                Int.self,
                Int.self,
                Int.self,
                String?.self
            )
        if let duplicate { throw TargetError.duplicateKey(table, key: duplicate) }
        var outcome = WriteOutcome()
        outcome.proposed = proposed
        outcome.duplicates = proposed - (left ?? proposed)
        (outcome.inserted, outcome.updated, outcome.deleted) = (inserted, updated, deleted)
        (outcome.removed, outcome.heldBack, outcome.dropped) = (removed, heldBack, dropped)
        return outcome
    }
}

// The rows as they came and as they are proposed

extension SinkStatements {
    var with: SQL { with(recursive: false) }

    /// - Parameter recursive: whether an expression that follows refers to itself.
    func with(recursive: Bool) -> SQL {
        """
        WITH \(recursive ? "RECURSIVE " : "" as SQL)staged AS (
        \(source.select(plan.columns))
        ),
        proposed AS (
        \(proposed)
        )
        """
    }

    /// Rows whose keys are known to differ need no sorting out: `proposed` is then a name for `staged` that costs nothing,
    /// where a second reference to it would have every row stored once more.
    var settlesDuplicates: Bool { plan.settlesDuplicates && !source.keys.areDistinct }

    /// How many rows are left when duplicates are settled; NULL where that is all of them.
    var proposedCount: SQL {
        settlesDuplicates ? "(SELECT pg_catalog.count(*) FROM proposed)" : "NULL::bigint"
    }

    var proposed: SQL {
        switch plan.duplicates {
        case _ where !settlesDuplicates:
            "    SELECT * FROM staged"
        case .error:
            """
                SELECT * FROM staged
                WHERE NOT EXISTS (\(duplicated))
            """
        case .firstWins, .lastWins:
            """
                SELECT DISTINCT ON (\(distinctKey)) *
                FROM staged
                ORDER BY \(distinctKey), \(ordinal) \(winnerFirst)
            """
        }
    }

    private var winnerFirst: SQL { plan.duplicates == .firstWins ? "ASC" : "DESC" }

    var ordinal: SQL { "\(identifier: source.ordinal)" }

    /// Two NULLs are not the same key, unless the index says so: such rows count as different by their
    /// position.
    private var distinctKey: SQL {
        let nullable = plan.key.filter { !$0.isNotNull }
        if nullable.isEmpty || plan.keyNullsAreEqual { return keyList() }
        let isNull = nullable.map { "\(identifier: $0.name) IS NULL" as SQL }.joined(separator: " OR ")
        return keyList() + ", (CASE WHEN \(isNull) THEN \(ordinal) END)"
    }

    var duplicated: SQL {
        "SELECT \(keyList()) FROM staged GROUP BY \(distinctKey) HAVING pg_catalog.count(*) > 1"
    }

    var duplicateKey: SQL {
        guard plan.duplicates == .error, settlesDuplicates else { return "NULL" }
        return
            "(SELECT pg_catalog.to_jsonb(duplicate.*)::pg_catalog.text FROM (\(duplicated) LIMIT 1) AS duplicate)"
    }

    private var rowsBefore: SQL {
        guard !plan.key.isEmpty else { return "    SELECT FROM staged LIMIT 0" }
        var wanted: SQL = "EXISTS (SELECT FROM proposed WHERE \(keyMatch("target", "proposed")))"
        if let gone = goneCondition { wanted = "\(wanted) OR (\(gone))" }
        return """
                SELECT target.* FROM \(identifier: table) AS target
                WHERE \(wanted)
            """
    }

    func keyList(_ relation: SQL? = nil) -> SQL {
        list(plan.key, separator: ", ") { name in relation.map { "\($0).\(name)" } ?? name }
    }

    func keyMatch(_ left: SQL, _ right: SQL) -> SQL {
        plan.key.map { column in
            let name: SQL = "\(identifier: column.name)"
            return "\(left).\(name) \(column.equals) \(right).\(name)" as SQL
        }.joined(separator: " AND ")
    }

    /// Where the keys lie, as far as that is known. PostgreSQL carries equalities over a join but not inequalities: a merge
    /// join, which it likes for some thousand rows, reads the index from its first key without this, so that a batch costs
    /// more the further back its rows are (400,000 rows updated in batches of 5,000: 3.0 s, with the bounds 2.2 s).
    func keyBounds(_ relation: SQL) -> SQL {
        guard case .ascending(let first, let last) = source.keys, let column = plan.key.first else {
            return ""
        }
        let key: SQL = "\(relation).\(identifier: column.name)"
        let type: SQL = "\(unsafe: column.baseType)"
        return " AND \(key) >= \(first)::\(type) AND \(key) <= \(last)::\(type)"
    }

    func list(_ columns: [TargetColumn], separator: SQL = "", _ piece: (SQL) -> SQL) -> SQL {
        columns.map { piece("\(identifier: $0.name)") }.joined(separator: separator)
    }
}
