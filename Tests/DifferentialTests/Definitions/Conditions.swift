/// Which rows need work.
///
/// Left out: conditions about columns of other rows that the run changes, which are true or false by the order of things.
enum Conditions {
    /// A walk by place needs one that ends with the change, which sets `target`, or takes the row away.
    static func choose(for table: RandomTable, _ dice: Dice) -> String? {
        let (target, group, flag) = (table[.target], table[.group], table[.flag])
        if table.key.isByPlace {
            return dice.pick([
                "\(target) IS NULL", "(\(target)) IS NULL", "\(target) IS NULL AND \(group) < 7",
                "\(target) IS NULL AND (\(flag) OR \(group) > 2)", "\(target) IS NULL /* still ( */",
            ])
        }
        guard dice.chance(55) else { return nil }
        return dice.pick([
            "\(target) IS NULL", "\(group) > 4", "\(table.sqlName).\(group) > 4 OR \(flag)", "NOT \(flag)",
            "\(group) = 3 OR \(table[.text]) = 'x)y' OR \(flag)", "\(table[.text]) <> 'it''s ('",
            "\(table[.text]) LIKE 'A%' OR (\(table[.note]) IS NULL AND \(group) <> 3)",
            "\(flag) /* or not ) */ OR \(group) IN (1, 2, (3))",
            "EXISTS (SELECT FROM other AS o WHERE o.id = \(table.sqlName).\(table[.ref]) AND o.value > 3)",
            "\(table[.text]) = $q$O'Hara$q$ or \(group) >= 2", "\(table[.seat]) % 7 <> 0",
            "CASE WHEN \(flag) THEN \(group) ELSE 9 END > 3",
            "\(table[.ref]) IN (SELECT id FROM other WHERE value < 9)",
            "false OR \(flag) OR \(table[.text]) = E'\\'' -- the rest is done",
        ])
    }
}
