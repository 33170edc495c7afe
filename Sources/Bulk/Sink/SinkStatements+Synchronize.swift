import Postgres

// Making the table hold what a whole set says.

extension SinkStatements {
    /// Locks the rows that will be changed or deleted in the order of the key, and no others: most rows of a
    /// set are right already, and a lock is a write. Locking comes after the sort in the plan, because the
    /// clause stands beside ORDER BY.
    var lockChanging: SQL {
        """
        \(with)
        SELECT pg_catalog.count(*)
        FROM (
            SELECT FROM \(identifier: table) AS target
            LEFT JOIN proposed AS excluded ON \(keyMatch("target", "excluded"))
            WHERE \(changing.joined(separator: " OR "))
            ORDER BY \(keyList("target"))
            \(plan.lockClause) OF target
        ) AS locked
        """
    }

    private var changing: [SQL] {
        guard case .synchronize(let setting, let gone) = plan.action else { return ["false"] }
        let isMissing: SQL = "excluded.\(ordinal) IS NULL"
        var conditions: [SQL] = []
        if !setting.isEmpty { conditions.append("NOT \(isMissing)\(onlyIf(setting, lead: " AND "))") }
        switch gone {
        case .keep: break
        case .delete: conditions.append(isMissing)
        case .deleteWhere(let condition): conditions.append("\(isMissing) AND (\(condition))")
        }
        return conditions.isEmpty ? ["false"] : conditions.map { "(\($0))" }
    }

    /// Which rows of the table are to be deleted; `nil` where none are. A set that is refused for its
    /// duplicates proposes no row at all, which must not empty the table.
    var goneCondition: SQL? {
        guard case .synchronize(_, let gone) = plan.action else { return nil }
        var condition: SQL = "NOT EXISTS (SELECT FROM proposed WHERE \(keyMatch("target", "proposed")))"
        if plan.duplicates == .error { condition = "\(condition) AND NOT EXISTS (\(duplicated))" }
        switch gone {
        case .keep: return nil
        case .delete: return condition
        case .deleteWhere(let scope): return "\(condition) AND (\(scope))"
        }
    }

    /// Three statements on one snapshot. Rows that somebody else adds meanwhile are met by ON CONFLICT.
    func synchronize(_ setting: [SinkPlan.Setting], returning more: SQL) -> SQL {
        var parts: [(name: SQL, body: SQL, kind: SQL)] = []
        if !setting.isEmpty { parts.append(("updated", update(setting), "'u'")) }
        let conflict = onConflict(.columns(plan.key.map(\.name)), setting)
        let insertion: SQL = "\(insert(from: missing))\n    \(conflict)"
        parts.append(("inserted", insertion, setting.isEmpty ? "'i'" : insertedOrUpdated))
        if let goneCondition {
            let deletion: SQL = "    DELETE FROM \(identifier: table) AS target\n    WHERE \(goneCondition)"
            parts.append(("removed", deletion, "'g'"))
        }
        let bodies = parts.map { part in
            "\(part.name) AS (\n\(part.body)\n    RETURNING \(part.kind) AS kind\(more)\n)" as SQL
        }
        let union = parts.map { "    SELECT * FROM \($0.name)" as SQL }
        return """
            \(bodies.joined(separator: ",\n")),
            written AS (
            \(union.joined(separator: "\n    UNION ALL\n"))
            )
            """
    }

    /// The proposed rows whose key the table does not have.
    private var missing: SQL {
        """
        (
                SELECT * FROM proposed
                WHERE NOT EXISTS (SELECT FROM \(identifier: table) AS earlier WHERE \(keyMatch("earlier", "proposed")))
            ) AS missing
        """
    }
}
