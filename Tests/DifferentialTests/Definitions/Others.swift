/// Statements that take rows of the walked table away, or write to other tables, or add rows to the walked one.
///
/// Left out: sums over columns that the run changes, and ON CONFLICT that meets a row twice in one statement.
struct Others {
    let table: RandomTable
    let dice: Dice

    var name: String { table.sqlName }
    var group: String { "i.\(table[.group])" }

    // MARK: Rows that go

    func delete() -> Draft {
        let (head, row) = dice.pick([
            (6, ("DELETE FROM \(name)", name)), (2, ("DELETE FROM \(name) AS i", "i")),
            (1, ("DELETE FROM \(name) gone", "gone")),
        ])
        if dice.chance(6) { return deleteWithoutJoin(head, row) }
        let join = Join.choose(table, as: row, dice)
        var statement = Statement(tables: join.tables, main: head, conditions: join.conditions, changed: row)
        if let from = join.from { statement.main += " USING \(from)" }
        if dice.chance(20) { statement.tail = "RETURNING \(row).\(table[.seat]), \(row).*" }
        return Draft(kind: "DELETE", statement: statement, changes: .deletes)
    }

    private func deleteWithoutJoin(_ head: String, _ row: String) -> Draft {
        let statement = Statement(main: head + " USING chunk", changed: row)
        return Draft(
            kind: "DELETE without a join",
            statement: statement,
            changes: .deletes,
            hazards: ["no join"]
        )
    }

    func archive() -> Draft {
        let join = Join.choose(table, as: name, dice)
        let using = join.from.map { " USING \($0)" } ?? ""
        let columns = [Names.Role.seat, .group, .note].map { "\(name).\(table[$0])" }.joined(separator: ", ")
        let gone =
            "gone (seat, grp, note) AS (DELETE FROM \(name)\(using) WHERE \(join.conditions.joined(separator: " AND "))\(Statement.changesRows) RETURNING \(columns))"
        var draft = Draft(
            kind: "DELETE into an archive",
            statement: Statement(
                tables: join.tables + [gone],
                main: "INSERT INTO archive (seat, grp, note) SELECT seat, grp, note FROM gone"
            ),
            changes: .deletes
        )
        if table.has(.selfCascades) { draft.hazards.append("rows ahead go with others") }
        return draft
    }

    func deleteFromOther() -> Draft {
        let (from, condition) = Join.reading(table, dice)
        let conditions = [condition, "other.id = i.\(table[.ref])", "\(group) > 7"].compactMap { $0 }
        let statement = Statement(main: "DELETE FROM other USING \(from)", conditions: conditions)
        var draft = Draft(kind: "DELETE from another table", statement: statement)
        if table.has(.refCascades) || table.has(.refIsSetNull) {
            draft.hazards.append("rows of the walk go with others")
        }
        return draft
    }

    // MARK: Other tables

    /// Moves the keys of the walk by a foreign key.
    func cascade() -> Draft {
        guard table.key.kind == .reference else { return updateOther() }
        let (from, condition) = Join.reading(table, dice)
        var draft = Draft(
            kind: "UPDATE that cascades into the key",
            statement: Statement(
                main: "UPDATE other SET id = other.id + 53, hits = other.hits + 1 FROM \(from)",
                conditions: [condition, "other.id = i.\(table[.ref])"].compactMap { $0 }
            )
        )
        draft.hazards.append("a foreign key moves the key")
        return draft
    }

    func updateOther() -> Draft {
        let (from, condition) = Join.reading(table, dice)
        let filter = condition.map { " WHERE \($0)" } ?? ""
        let sums =
            "(SELECT i.\(table[.ref]) AS other_id, count(*) AS n FROM \(from)\(filter) GROUP BY i.\(table[.ref])) AS s"
        let statement = Statement(
            main: "UPDATE other SET hits = other.hits + s.n FROM \(sums)",
            conditions: ["other.id = s.other_id"]
        )
        return Draft(kind: "UPDATE of another table", statement: statement)
    }

    func log() -> Draft {
        let columns = "'seen', \(keyText), \(group) * 2, coalesce(i.\(table[.text]), '')"
        return insert("INSERT of every row", "audit (kind, key, x, y)", columns, "")
    }

    /// Groups that have rows in many chunks.
    func totals() -> Draft {
        let conflict =
            "ON CONFLICT (grp) DO UPDATE SET n = total.n + excluded.n, amount = total.amount + excluded.amount"
        let order = dice.chance(50) ? " ORDER BY 1" : ""
        return insert(
            "INSERT that adds up",
            "total (grp, n, amount)",
            "\(group), count(*), sum(\(group) + i.\(table[.seat]))",
            "GROUP BY \(group)\(order)\n\(conflict)"
        )
    }

    func totalsByKey() -> Draft {
        let keys = table.key.joinColumns.map { "i.\($0)" }.joined(separator: ", ")
        return insert(
            "INSERT of groups by key",
            "audit (kind, key, x)",
            "'key', \(keyText), count(*)",
            "GROUP BY \(keys)"
        )
    }

    func words() -> Draft {
        let list = "DISTINCT lower(coalesce(i.\(table[.text]), '?'))"
        return insert("INSERT of what is missing", "word_seen (word)", list, "ON CONFLICT DO NOTHING")
    }

    func recursion() -> Draft {
        let columns = table.key.joinColumns
        let list = columns.joined(separator: ", ")
        let steps =
            "steps AS (SELECT \(list), 1 AS step_ FROM chunk UNION ALL SELECT \(list), step_ + 1 FROM steps WHERE step_ < 3)"
        let keys = columns.map { "steps.\($0)::text" }.joined(separator: ", ")
        let statement = Statement(
            tables: [steps],
            isRecursive: true,
            main:
                "INSERT INTO audit (kind, key, x) SELECT 'step', concat_ws('/', \(keys)), steps.step_ FROM steps"
        )
        return Draft(kind: "INSERT by recursion", statement: statement)
    }

    /// A window that holds the rows of one key.
    func partition() -> Draft {
        let keys = table.key.joinColumns.map { "i.\($0)" }.joined(separator: ", ")
        let window = "rank() OVER (PARTITION BY \(keys) ORDER BY i.\(table[.seat]))"
        return insert(
            "INSERT with a window by key",
            "audit (kind, key, x)",
            "'rank', \(keyText), \(window)",
            ""
        )
    }

    /// What begins anew with every chunk, by nature.
    func aboutChunk() -> Draft {
        let columns = table.key.joinColumns.joined(separator: ", ")
        let list = dice.pick([
            (3, "SELECT 'number', row_number() OVER (ORDER BY \(columns)) FROM chunk"),
            (2, "SELECT 'some', 1 FROM (SELECT * FROM chunk ORDER BY \(columns) LIMIT 2) AS few"),
            (3, "SELECT 'all', count(*) FROM chunk"),
        ])
        let statement = Statement(main: "INSERT INTO audit (kind, x) \(list)")
        let hazards = ["it is about the chunk as a whole"]
        return Draft(kind: "about the chunk", statement: statement, hazards: hazards, isAboutChunk: true)
    }

    // MARK: Pieces

    private var keyText: String {
        "concat_ws('/', " + table.key.joinColumns.map { "i.\($0)::text" }.joined(separator: ", ") + ")"
    }

    private func insert(_ kind: String, _ into: String, _ list: String, _ tail: String) -> Draft {
        let (from, condition) = Join.reading(table, dice)
        let statement = Statement(
            main: "INSERT INTO \(into)\nSELECT \(list) FROM \(from)",
            conditions: condition.map { [$0] } ?? [],
            tail: tail
        )
        return Draft(kind: kind, statement: statement)
    }
}
