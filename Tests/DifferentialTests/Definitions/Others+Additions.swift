/// Statements that add rows to the walked table.
extension Others {
    func copies() -> Draft {
        if table.key.drawing != .never, table.layout.isPlain, dice.chance(70) { return copiesWithNewKeys() }
        guard let key = table.integerKey else { return totals() }
        let (from, condition) = Join.reading(table, dice)
        let offset = dice.chance(50) ? "25000" : "\(table.rows / 3 * 7 + 3)"
        let columns = [key.name] + [Names.Role.group, .flag, .seat].map { table[$0] }
        let values = ["i.\(key.name) + \(offset)", group, "i.\(table[.flag])", "i.\(table[.seat]) + 100000"]
        let statement = Statement(
            main:
                "INSERT INTO \(name) (\(columns.joined(separator: ", ")))\nSELECT \(values.joined(separator: ", ")) FROM \(from)",
            conditions: condition.map { [$0] } ?? []
        )
        let hazards = ["rows are added to the walked table"]
        return Draft(kind: "INSERT into the walked table", statement: statement, hazards: hazards)
    }

    /// Keys are drawn in the order of the rows, so they cannot be compared.
    private func copiesWithNewKeys() -> Draft {
        let (from, condition) = Join.reading(table, dice)
        let columns = [Names.Role.group, .flag, .seat].map { table[$0] }.joined(separator: ", ")
        let statement = Statement(
            main:
                "INSERT INTO \(name) (\(columns))\nSELECT \(group), i.\(table[.flag]), i.\(table[.seat]) + 100000 FROM \(from)",
            conditions: condition.map { [$0] } ?? []
        )
        return Draft(
            kind: "INSERT with drawn keys",
            statement: statement,
            hazards: ["rows are added to the walked table"],
            drawn: table.key.columns.map(\.name)
        )
    }

    func upsert() -> Draft {
        guard table.key.kind == .primary, table.layout.isPlain, let key = table.integerKey else {
            return words()
        }
        let (from, condition) = Join.reading(table, dice)
        let columns = [key.name] + [Names.Role.group, .flag, .seat].map { table[$0] }
        let values = columns.map { "i.\($0)" }
        let touched = table[.touched]
        let movesKey = dice.chance(50)
        let moved = key.type.moved("\(name).\(key.name)", rows: table.rows) ?? ""
        let statement = Statement(
            main:
                "INSERT INTO \(name) (\(columns.joined(separator: ", ")))\nSELECT \(values.joined(separator: ", ")) FROM \(from)",
            conditions: condition.map { [$0] } ?? [],
            tail: "ON CONFLICT (\(key.name)) DO UPDATE SET \(touched) = \(name).\(touched) + 1"
                + (movesKey ? ", \(key.name) = \(moved)" : "")
        )
        let hazards = ["rows are added to the walked table"]
        return Draft(
            kind: "upsert of the walked table",
            statement: statement,
            changes: .updates,
            hazards: hazards
        )
    }
}
