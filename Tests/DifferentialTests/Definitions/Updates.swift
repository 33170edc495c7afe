/// Statements that change rows of the walked table.
///
/// Left out: UPDATE … FROM with several different values for a row, of which the server takes any; values from other rows of the
/// table, or from rows of other tables, that the run itself changes.
struct Updates {
    let table: RandomTable
    let dice: Dice

    /// Sets one or two columns from the row, and from what other tables say of it.
    func ofOwnColumns() -> Draft {
        let (head, name) = target()
        let join = Join.choose(table, as: name, dice)
        let bare = join.isPlain && dice.chance(30)
        var sets = ["\(table[.target]) = \(value(of: bare ? "" : name + "."))"]
        if dice.chance(40) {
            let note = "\(table[.note]) = \(text(of: name + "."))"
            dice.chance(50) ? sets.append(note) : sets.insert(note, at: 0)
        }
        if sets.count == 1, !table.key.isByPlace, dice.chance(30) {
            sets = ["\(table[.note]) = \(text(of: name + "."))"]
        }
        var set = sets.joined(separator: ", ")
        if sets.count == 1, dice.chance(20) {
            set = set.replacingFirst(" = ", with: ") = ROW(") + ")"; set = "(" + set
        }
        return draft("UPDATE of own columns", head, set, join, name)
    }

    /// Sets a column from a table that is joined.
    func fromOther() -> Draft {
        let (head, name) = target()
        var join = Join.choose(table, as: name, dice)
        let other = "other AS o"
        join.from = join.from.map { dice.chance(50) ? "\(other), \($0)" : "\($0), \(other)" } ?? other
        join.conditions.append("o.id = \(name).\(table[.ref])")
        var draft = draft("UPDATE from a joined table", head, "\(table[.target]) = o.value", join, name)
        if table.key.isByPlace { draft.hazards.append("where remains true for some rows") }
        return draft
    }

    func rowWise() -> Draft {
        let (head, name) = target()
        let join = Join.choose(table, as: name, dice)
        let query = "(SELECT o.value, o.label FROM other AS o WHERE o.id = \(name).\(table[.ref]))"
        return draft("UPDATE of a row", head, "(\(table[.target]), \(table[.note])) = \(query)", join, name)
    }

    /// Joins what a common table computed for each key.
    func fromCommonTable() -> Draft {
        let (head, name) = target()
        let (from, condition) = Join.reading(table, dice)
        let keys = table.key.joinColumns
        let list = keys.map { "i.\($0)" }.joined(separator: ", ")
        let rows = "FROM \(from)" + (condition.map { " WHERE \($0)" } ?? "")
        let kind = dice.pick(["", "MATERIALIZED ", "NOT MATERIALIZED "])
        let fresh =
            "fresh AS \(kind)(SELECT \(list), sum(i.\(table[.group])) AS total_of_key \(rows) GROUP BY \(list))"
        let join = Join(
            tables: [fresh],
            from: "fresh",
            conditions: keys.map { "fresh.\($0) = \(name).\($0)" }
        )
        var draft = draft(
            "UPDATE from a common table",
            head,
            "\(table[.target]) = fresh.total_of_key",
            join,
            name
        )
        if !table.layout.isPlain, !table.key.isUnique || table.layout.isInherited {
            draft.hazards.append("a key that repeats over parts, joined as a whole")
        }
        return draft
    }

    /// Changes rows in a common table, and logs them in the statement proper.
    func inCommonTable() -> Draft {
        let name = table.sqlName
        let join = Join.choose(table, as: name, dice)
        let from = join.from.map { " FROM \($0)" } ?? ""
        let update =
            "changed_rows AS (UPDATE \(name) SET \(table[.target]) = \(value(of: name + "."))\(from) "
            + "WHERE \(join.conditions.joined(separator: " AND "))\(Statement.changesRows) RETURNING \(name).\(table[.seat]) AS seat, \(name).\(table[.target]) AS v)"
        var draft = Draft(
            kind: "UPDATE in a common table",
            statement: Statement(
                tables: join.tables + [update],
                main: "INSERT INTO audit (kind, key, x) SELECT 'changed', seat::text, v FROM changed_rows"
            ),
            changes: .updates
        )
        draft.hazards += rulesOfTarget
        return draft
    }

    func withoutJoin() -> Draft {
        let (head, name) = target()
        let join = dice.chance(70) ? Join(from: "chunk") : Join(conditions: ["EXISTS (SELECT FROM chunk)"])
        var draft = draft(
            "UPDATE without a join",
            head,
            "\(table[.target]) = \(value(of: name + "."))",
            join,
            name
        )
        draft.hazards.append("no join")
        return draft
    }

    /// Compares the key with something else.
    func byWrongColumn() -> Draft {
        guard let key = table.integerKey else { return withoutJoin() }
        let (head, name) = target()
        let join = Join(from: "chunk", conditions: ["\(name).\(table[.boss]) = chunk.\(key.name)"])
        var draft = draft("UPDATE by a wrong column", head, "\(table[.target]) = 7", join, name)
        draft.hazards.append("a wrong join")
        return draft
    }

    // MARK: Pieces

    func draft(_ kind: String, _ head: String, _ set: String, _ join: Join, _ name: String) -> Draft {
        var statement = Statement(
            tables: join.tables,
            main: "\(head) SET \(set)",
            conditions: join.conditions
        )
        if let from = join.from { statement.main += "\nFROM \(from)" }
        if dice.chance(12) { statement.tail = "RETURNING \(name).\(table[.seat])" }
        statement.changed = name
        return Draft(
            kind: kind,
            statement: statement,
            changes: .updates,
            hazards: head.contains("ONLY ") && !table.layout.isPlain ? ["ONLY of a parent"] : [],
            isAboutChunk: false
        )
    }

    private var rulesOfTarget: [String] { table.has(.rule) ? ["a rule"] : [] }

    /// `UPDATE item`, and what the statement calls the table.
    func target() -> (head: String, name: String) {
        let name = table.sqlName
        let only = dice.chance(table.layout.isPlain ? 8 : 2) ? "ONLY " : ""
        return dice.pick([
            (7, ("UPDATE \(only)\(name)", name)), (2, ("UPDATE \(only)\(name) AS i", "i")),
            (1, ("UPDATE \(only)\(name) it", "it")),
            (1, ("UPDATE \(only)\(name) AS \"The Row\"", "\"The Row\"")),
        ])
    }

    /// An integer, never NULL where the walk by place needs an end of `where`.
    func value(of row: String) -> String {
        let (group, target, text) = (row + table[.group], row + table[.target], row + table[.text])
        let ref = row.isEmpty ? "\(table.sqlName).\(table[.ref])" : row + table[.ref]
        let value = dice.pick([
            (6, "\(group) * 2 + 1"), (6, "coalesce(\(target), 0) + \(group)"),
            (4, "CASE WHEN \(row + table[.flag]) THEN \(group) ELSE -\(group) END"),
            (3, "length(coalesce(\(text), ''))"), (3, "least(\(group), 5) + abs(\(row + table[.seat]) % 3)"),
            (row.isEmpty ? 0 : 4, "(SELECT o.value FROM other AS o WHERE o.id = \(ref))"),
            (row.isEmpty ? 0 : 2, "(SELECT max(o.value) FROM other AS o WHERE o.id <= \(ref))"),
            (
                row.isEmpty || table.has(.spawn) ? 0 : 2,
                "(SELECT count(*) FROM \(table.sqlName) AS x WHERE x.\(table[.group]) = \(group))"
            ),
            (1, "100 / (\(group) - 8)"), (1, "(\(text) || '1')::integer"),
        ])
        return table.key.isByPlace ? "coalesce(\(value), -1)" : value
    }

    private func text(of row: String) -> String {
        let (text, group) = (row + table[.text], row + table[.group])
        return dice.pick([
            (4, "lower(\(text))"), (3, "\(text) || '-' || \(group)"),
            (3, "coalesce(\(row + table[.note]), '') || ' X'"),
            (2, "$q$it's $1 -- \"$q$ || \(group)"), (2, "E'it\\'s \\\\ ' || \(group)"),
            (1, "U&'d\\00e9j\\00e0' || \(group)"),
            (2, "(SELECT o.label FROM other AS o WHERE o.id = \(row + table[.ref]))"),
            (2, "left(md5(\(text)), 5)"),
            (2, "format('%s/%s', \(text), \(group))"), (1, "NULL"), (1, "';' || \(group)"),
        ])
    }
}
