/// Statements that set what the table is walked by, in the spellings that a reader of the text may not see.
extension Updates {
    /// Sets the key itself.
    func ofKey() -> Draft {
        let (head, name) = target()
        let join = Join.choose(table, as: name, dice)
        guard let key = table.movableKey, let moved = key.type.moved("\(name).\(key.name)", rows: table.rows)
        else {
            return ofOwnColumns()
        }
        if dice.chance(25) {
            return keyInCommonTable(
                key,
                moved: key.type.moved("\(table.sqlName).\(key.name)", rows: table.rows) ?? moved
            )
        }
        let (touched, again) = (table[.touched], "\(name).\(table[.touched]) + 1")
        let set = dice.pick([
            "\(key.name) = \(moved), \(touched) = \(again)",
            "(\(touched), \(key.name)) = (SELECT \(again), \(moved))",
            "\(touched) = \(again), \(escaped(key.name)) = \(moved)",
            "\(touched) = \(again), /* \(touched) = 1, */ \(key.name)/**/= \(moved)",
        ])
        var draft = draft("UPDATE of the key", head, set, join, name)
        draft.hazards.append("the key is set")
        return draft
    }

    private func keyInCommonTable(_ key: WalkKey.Column, moved: String) -> Draft {
        let (name, touched) = (table.sqlName, table[.touched])
        let join = Join.choose(table, as: name, dice)
        let from = join.from.map { " FROM \($0)" } ?? ""
        let update =
            "moved_rows AS (UPDATE \(name) SET \(key.name) = \(moved), \(touched) = \(name).\(touched) + 1\(from) "
            + "WHERE \(join.conditions.joined(separator: " AND "))\(Statement.changesRows) RETURNING \(name).\(table[.seat]) AS seat)"
        return Draft(
            kind: "UPDATE of the key in a common table",
            statement: Statement(
                tables: join.tables + [update],
                main: "INSERT INTO audit (kind, key) SELECT 'moved', seat::text FROM moved_rows"
            ),
            changes: .updates,
            hazards: ["the key is set"]
        )
    }

    /// A name by the numbers of its letters.
    private func escaped(_ name: String) -> String {
        guard name.first != "\"", let last = name.unicodeScalars.last else { return name }
        let code = String(last.value, radix: 16)
        return "U&\"\(name.dropLast())\\\(String(repeating: "0", count: max(0, 4 - code.count)))\(code)\""
    }

    /// Sets what the key is generated from.
    func ofGeneratedKey() -> Draft {
        guard table.key.kind == .generated else { return ofOwnColumns() }
        let (head, name) = target()
        let join = Join.choose(table, as: name, dice)
        let (points, touched) = (table[.points], table[.touched])
        var draft = draft(
            "UPDATE of what the key is made of",
            head,
            "\(points) = \(name).\(points) + \(table.rows / 3 * 7 + 3), \(touched) = \(name).\(touched) + 1",
            join,
            name
        )
        draft.hazards.append("the generated key changes")
        return draft
    }
}
