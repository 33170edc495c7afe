import Postgres

/// The statements that write one source of rows to a sink.
///
/// All have one shape: `staged` are the rows as they came, cast to the types of the columns; `proposed` are
/// those that are left when duplicates are settled; `written` are the rows of the table that changed.
struct SinkStatements {
    let plan: SinkPlan
    let source: RowSource

    private var table: Identifier { plan.table.name }

    /// Locks the rows of the table whose keys are in the source, in the order of the key, and counts them.
    ///
    /// The order comes from the plan's shape: LATERAL makes the sorted keys the outer side of a nested loop,
    /// and a sub-select with a locking clause is never pulled up, so the rows are looked up and locked one
    /// key after the other. Sorted input of a join gives no such order, a hash join returns the rows as they
    /// lie in the table.
    var lock: SQL {
        """
        WITH staged AS (
        \(source.select(plan.key))
        )
        SELECT count(*)
        FROM (SELECT DISTINCT \(keyList()) FROM staged ORDER BY \(keyList())) AS wanted
        CROSS JOIN LATERAL (
            SELECT FROM \(identifier: table) AS target
            WHERE \(keyMatch("target", "wanted"))
            \(plan.lockClause)
        ) AS locked
        """
    }

    /// Writes the rows. Returns one row: the number of rows proposed, inserted, updated, deleted, and the key
    /// of a duplicate where duplicates are refused.
    var write: SQL {
        """
        \(with),
        written AS (
        \(change(returning: returnedKind))
        )
        SELECT (SELECT count(*) FROM proposed),
               count(*) FILTER (WHERE kind = 'i'), count(*) FILTER (WHERE kind = 'u'),
               count(*) FILTER (WHERE kind = 'd'),
               \(duplicateKey)
        FROM written
        """
    }

    /// Writes the rows and returns those that changed as JSON, before and after, in the order of the key.
    var writeShowingRows: SQL {
        """
        \(with),
        before AS (
        \(rowsBefore)
        ),
        written AS (
        \(change(returning: "to_jsonb(target) AS after" + list(plan.key) { ", target.\($0) AS \($0)" }))
        )
        SELECT to_jsonb(before)::text, \(after)
        FROM written
        LEFT JOIN before ON \(plan.key.isEmpty ? "false" : keyMatch("before", "written"))
        \(plan.key.isEmpty ? "" : "ORDER BY " + keyList("written"))
        """
    }
}

extension SinkStatements {
    /// Runs ``write``.
    ///
    /// - Parameter proposed: the number of rows in the source.
    func run(proposed: Int, on connection: Connection) throws -> WriteOutcome {
        let (left, inserted, updated, deleted, duplicate) = try connection.queryOne(
            write,
            as: Int.self,
            Int.self,
            Int.self,
            Int.self,
            String?.self
        )
        if let duplicate { throw TargetError.duplicateKey(table, key: duplicate) }
        var outcome = WriteOutcome()
        outcome.proposed = proposed
        outcome.duplicates = proposed - left
        (outcome.inserted, outcome.updated, outcome.deleted) = (inserted, updated, deleted)
        return outcome
    }
}

// The pieces

extension SinkStatements {
    private var with: SQL {
        """
        WITH staged AS (
        \(source.select(plan.columns))
        ),
        proposed AS (
        \(proposed)
        )
        """
    }

    private var proposed: SQL {
        switch plan.duplicates {
        case _ where plan.key.isEmpty || isPlainInsert:
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

    private var isPlainInsert: Bool {
        if case .insert = plan.action { true } else { false }
    }

    private var winnerFirst: SQL { plan.duplicates == .firstWins ? "ASC" : "DESC" }

    private var ordinal: SQL { "\(identifier: source.ordinal)" }

    /// Two NULLs are not the same key, unless the index says so: such rows count as different by their
    /// position.
    private var distinctKey: SQL {
        let nullable = plan.key.filter { !$0.isNotNull }
        if nullable.isEmpty || plan.keyNullsAreEqual { return keyList() }
        let isNull = nullable.map { "\(identifier: $0.name) IS NULL" as SQL }.joined(separator: " OR ")
        return keyList() + ", (CASE WHEN \(isNull) THEN \(ordinal) END)"
    }

    private var duplicated: SQL {
        "SELECT \(keyList()) FROM staged GROUP BY \(distinctKey) HAVING count(*) > 1"
    }

    private var duplicateKey: SQL {
        guard plan.duplicates == .error, !plan.key.isEmpty, !isPlainInsert else { return "NULL" }
        return "(SELECT to_jsonb(duplicate)::text FROM (\(duplicated) LIMIT 1) AS duplicate)"
    }

    private var returnedKind: SQL {
        switch plan.action {
        case .insert, .upsert(_, setting: []): "'i' AS kind"
        case .upsert: "CASE WHEN \(isNew) THEN 'i' ELSE 'u' END AS kind"
        case .update: "'u' AS kind"
        case .delete: "'d' AS kind"
        }
    }

    /// Whether an upsert inserted the row. `xmax` of a row that ON CONFLICT updated is this transaction,
    /// which locked the old version; a row that it inserted has none. A partitioned table cannot return
    /// `xmax`; there the statement's own snapshot tells, which does not yet see the row unless somebody else
    /// inserted it.
    private var isNew: SQL {
        guard plan.table.isPartitioned else { return "target.xmax = 0" }
        return
            "NOT EXISTS (SELECT FROM \(identifier: table) AS earlier WHERE \(keyMatch("earlier", "target")))"
    }

    private func change(returning: SQL) -> SQL {
        switch plan.action {
        case .insert: insert + "\n    RETURNING \(returning)"
        case .upsert(let conflict, let setting):
            insert + "\n    " + onConflict(conflict, setting) + "\n    RETURNING \(returning)"
        case .update(let setting):
            """
                UPDATE \(identifier: table) AS target
                SET \(list(setting, separator: ", ") { "\($0) = proposed.\($0)" })
                FROM proposed
                WHERE \(keyMatch("target", "proposed"))\(onlyIfDifferent(setting, from: "proposed", lead: " AND "))
                RETURNING \(returning)
            """
        case .delete:
            """
                DELETE FROM \(identifier: table) AS target
                USING proposed
                WHERE \(keyMatch("target", "proposed"))
                RETURNING \(returning)
            """
        }
    }

    private var insert: SQL {
        """
            INSERT INTO \(identifier: table) AS target (\(list(plan.columns, separator: ", ") { $0 }))
            \(source.overriding)SELECT \(list(plan.columns, separator: ", ") { $0 })
            FROM proposed
            ORDER BY \(plan.key.isEmpty ? ordinal : keyList())
        """
    }

    private func onConflict(_ target: ConflictTarget, _ setting: [TargetColumn]) -> SQL {
        let key: SQL =
            switch target {
            case .columns: "(\(keyList()))"
            case .constraint(let name): "ON CONSTRAINT \(identifier: name)"
            }
        if setting.isEmpty { return "ON CONFLICT \(key) DO NOTHING" }
        return """
            ON CONFLICT \(key) DO UPDATE
                SET \(list(setting, separator: ", ") { "\($0) = excluded.\($0)" })\
            \(onlyIfDifferent(setting, from: "excluded", lead: "\n    WHERE "))
            """
    }

    private func onlyIfDifferent(_ setting: [TargetColumn], from source: SQL, lead: SQL) -> SQL {
        guard plan.noOps == .suppress else { return "" }
        return lead + "(" + setting.map { $0.isDifferent(source) }.joined(separator: " OR ") + ")"
    }

    private var rowsBefore: SQL {
        guard !plan.key.isEmpty else { return "    SELECT FROM staged LIMIT 0" }
        return """
                SELECT target.* FROM \(identifier: table) AS target
                WHERE EXISTS (SELECT FROM proposed WHERE \(keyMatch("target", "proposed")))
            """
    }

    private var after: SQL {
        if case .delete = plan.action { "NULL" } else { "written.after::text" }
    }

    private func keyList(_ relation: SQL? = nil) -> SQL {
        list(plan.key, separator: ", ") { name in relation.map { "\($0).\(name)" } ?? name }
    }

    private func keyMatch(_ left: SQL, _ right: SQL) -> SQL {
        list(plan.key, separator: " AND ") { "\(left).\($0) = \(right).\($0)" }
    }

    private func list(_ columns: [TargetColumn], separator: SQL = "", _ piece: (SQL) -> SQL) -> SQL {
        columns.map { piece("\(identifier: $0.name)") }.joined(separator: separator)
    }
}

extension TargetColumn {
    /// Whether the row that is there and the value that comes differ in what would be stored.
    fileprivate func isDifferent(_ source: SQL) -> SQL {
        let (left, right): (SQL, SQL) = ("target.\(identifier: name)", "\(source).\(identifier: name)")
        // Rounded to the column's precision first: 1.504 in numeric(8,2) is no change from 1.50.
        let value = isRounded ? "\(right)::\(unsafe: fullBaseType)" : right
        return switch comparison {
        case .equality: "\(left) IS DISTINCT FROM \(value)"
        case .text: "\(left)::text COLLATE \"C\" IS DISTINCT FROM \(value)::text COLLATE \"C\""
        }
    }

    /// Whether an assignment rounds to the precision of the column, where for a length it would refuse the
    /// value.
    private var isRounded: Bool {
        [.numeric, .time, .timestamp, .timestamptz, .interval].contains(baseTypeID)
    }
}
