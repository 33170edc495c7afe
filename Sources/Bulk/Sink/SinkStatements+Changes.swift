import Postgres

// What is done to the table with the rows that are proposed.

extension SinkStatements {
    /// The common table expressions that write; the last one is `written`. Its first column is the kind of the
    /// change: (i)nserted, (u)pdated, (d)eleted, (g)one from the set and deleted.
    ///
    /// - Parameter more: further columns over `target`, each with a comma before it.
    func changes(returning more: SQL = "") -> SQL {
        if case .synchronize(let setting, _) = plan.action { return synchronize(setting, returning: more) }
        return """
            written AS (
            \(change)
                RETURNING \(kind) AS kind\(more)
            )
            """
    }

    private var kind: SQL {
        switch plan.action {
        case .insert: "'i'"
        case .upsert(_, let setting) where setting.isEmpty: "'i'"
        case .upsert, .synchronize: insertedOrUpdated
        case .update: "'u'"
        case .delete: "'d'"
        }
    }

    var insertedOrUpdated: SQL { "CASE WHEN \(isNew) THEN 'i' ELSE 'u' END" }

    /// Whether an upsert inserted the row. `xmax` of a row that ON CONFLICT updated is this transaction,
    /// which locked the old version; a row that it inserted has none. A partitioned table cannot return
    /// `xmax`; there the statement's own snapshot tells, which does not yet see the row unless somebody else
    /// inserted it.
    private var isNew: SQL {
        guard plan.table.isPartitioned else { return "target.xmax = 0" }
        return
            "NOT EXISTS (SELECT FROM \(identifier: table) AS earlier WHERE \(keyMatch("earlier", "target")))"
    }

    private var change: SQL {
        switch plan.action {
        case .insert: insert(from: "proposed")
        case .upsert(let conflict, let setting):
            insert(from: "proposed") + "\n    " + onConflict(conflict, setting)
        case .update(let setting), .synchronize(let setting, _): update(setting)
        case .delete:
            """
                DELETE FROM \(identifier: table) AS target
                USING proposed
                WHERE \(keyMatch("target", "proposed"))\(keyBounds("target"))
            """
        }
    }

    /// An update by itself, where nothing is to be known but how many rows it changed: in a common table each of them
    /// leaves its mark before it is counted, which took 3 % of the time.
    var plainUpdate: SQL? {
        guard case .update(let setting) = plan.action, plan.updateCondition == nil, !settlesDuplicates else {
            return nil
        }
        return "\(with)\n\(update(setting))"
    }

    /// The proposed rows are called `excluded` here too, so that expressions read the same everywhere.
    func update(_ setting: [SinkPlan.Setting]) -> SQL {
        """
            UPDATE \(identifier: table) AS target
            SET \(assignments(setting))
            FROM proposed AS excluded
            WHERE \(keyMatch("target", "excluded"))\(keyBounds("target"))\(onlyIf(setting, lead: " AND "))
        """
    }

    func insert(from relation: SQL) -> SQL {
        """
            INSERT INTO \(identifier: table) AS target (\(list(plan.columns, separator: ", ") { $0 }))
            \(source.overriding)SELECT \(list(plan.columns, separator: ", ") { $0 })
            FROM \(relation)
            ORDER BY \(plan.key.isEmpty ? ordinal : keyList())
        """
    }

    func onConflict(_ target: ConflictTarget, _ setting: [SinkPlan.Setting]) -> SQL {
        let key: SQL =
            switch target {
            case .columns: "(\(keyList()))"
            case .constraint(let name): "ON CONSTRAINT \(identifier: name)"
            }
        if setting.isEmpty { return "ON CONFLICT \(key) DO NOTHING" }
        return """
            ON CONFLICT \(key) DO UPDATE
                SET \(assignments(setting))\(onlyIf(setting, lead: "\n    WHERE "))
            """
    }

    func assignments(_ setting: [SinkPlan.Setting]) -> SQL {
        setting.map { "\(identifier: $0.column.name) = \($0.value)" as SQL }.joined(separator: ", ")
    }

    /// The conditions under which a row that is there is changed at all.
    func onlyIf(_ setting: [SinkPlan.Setting], lead: SQL) -> SQL {
        let given = plan.updateCondition.map { "(\($0))" as SQL }
        let conditions = [given, changesSomething(setting)].compactMap(\.self)
        return conditions.isEmpty ? "" : lead + conditions.joined(separator: " AND ")
    }

    /// `nil` where that does not matter.
    private func changesSomething(_ setting: [SinkPlan.Setting]) -> SQL? {
        guard plan.noOps == .suppress else { return nil }
        return "(\(setting.map(\.isDifferent).joined(separator: " OR ")))"
    }
}

// The rows that the caller's condition left alone

extension SinkStatements {
    /// The key of the rows that were written, where it is needed to tell the others.
    var writtenKey: SQL { plan.updateCondition == nil ? "" : returnedKey(plan.key) }

    /// How many rows would have been changed without the condition. The statement's snapshot shows the rows as they
    /// were before it.
    var heldBack: SQL {
        guard let condition = plan.updateCondition else { return "0" }
        let isDifferent = changesSomething(plan.setting).map { " AND \($0)" as SQL } ?? ""
        return """
            (
                SELECT pg_catalog.count(*) FROM proposed AS excluded
                JOIN \(identifier: table) AS target ON \(keyMatch("target", "excluded"))
                WHERE (\(condition)) IS NOT TRUE\(isDifferent)
                  AND NOT EXISTS (SELECT FROM written WHERE \(isWritten("excluded")))
            )
            """
    }
}

// The rows that a trigger kept out

extension SinkStatements {
    /// How many rows should have been inserted and were not. The statement's snapshot shows which keys were there before
    /// it; a row that meets such a key is left as it is, which is no dropping.
    var dropped: SQL {
        guard plan.table.hasBeforeInsertTriggers else { return "0::bigint" }
        let isNew: SQL
        switch plan.action {
        case .insert: isNew = "true"
        case .upsert where !plan.key.isEmpty:
            isNew =
                "NOT EXISTS (SELECT FROM \(identifier: table) AS target WHERE \(keyMatch("target", "excluded")))"
        default: return "0::bigint"
        }
        return """
            GREATEST(0::bigint, (
                SELECT pg_catalog.count(*) FROM proposed AS excluded
                WHERE \(isNew)
            ) OPERATOR(pg_catalog.-) pg_catalog.count(*) FILTER (WHERE kind = 'i'))
            """
    }
}

extension SinkPlan {
    /// What becomes of the columns of a row that is there.
    fileprivate var setting: [Setting] {
        switch action {
        case .insert, .delete: []
        case .upsert(_, let setting), .update(let setting), .synchronize(let setting, _): setting
        }
    }
}

extension SinkPlan.Setting {
    /// The new value.
    fileprivate var value: SQL {
        expression.map { "(\($0))" } ?? "excluded.\(identifier: column.name)"
    }

    /// Whether the row that is there and the new value differ in what would be stored.
    fileprivate var isDifferent: SQL {
        let left: SQL = "target.\(identifier: column.name)"
        return switch column.comparison {
        // By its name alone a better match for two of them in somebody's schema would be found.
        case .equality where column.baseTypeID == .varchar:
            "\(left)::pg_catalog.text IS DISTINCT FROM \(stored)::pg_catalog.text"
        case .equality: "\(left) IS DISTINCT FROM \(stored)"
        case .text:
            "\(left)::pg_catalog.text COLLATE \"C\" IS DISTINCT FROM \(stored)::pg_catalog.text COLLATE \"C\""
        }
    }

    /// Rounded to the column's precision first: 1.504 in numeric(8,2) is no change from 1.50.
    private var stored: SQL {
        if column.isRounded { return "\(value)::\(unsafe: column.fullBaseType)" }
        return expression == nil ? value : "\(value)::\(unsafe: column.baseType)"
    }
}

extension TargetColumn {
    /// The operator that says whether two values are the same key. That of a type which the server brings along is the server's; of
    /// others, `citext` for one, it may be anywhere.
    var equals: SQL { baseTypeID.rawValue < Self.firstOfUsers ? "OPERATOR(pg_catalog.=)" : "=" }

    /// The first number that the server gives to what is made in a database.
    private static let firstOfUsers: UInt32 = 16_384

    /// Whether an assignment rounds to the precision of the column, where for a length it would refuse the
    /// value.
    var isRounded: Bool {
        [.numeric, .time, .timestamp, .timestamptz, .interval].contains(baseTypeID)
    }
}
