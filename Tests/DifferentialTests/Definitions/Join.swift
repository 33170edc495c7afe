/// How a statement says which rows of the walked table belong to the chunk.
struct Join {
    var tables: [String] = []
    /// What stands behind FROM or USING.
    var from: String?
    var conditions: [String] = []
    /// Whether only `chunk` can be meant by names that are not the table's own.
    var isPlain = true

    /// The spellings for an UPDATE or DELETE of the table under a name.
    static func choose(_ table: RandomTable, as name: String, _ dice: Dice) -> Join {
        let columns = table.key.joinColumns
        let list = columns.joined(separator: ", ")
        func equal(_ other: String, turned: Bool = false) -> [String] {
            columns.map { turned ? "\(other).\($0) = \(name).\($0)" : "\(name).\($0) = \(other).\($0)" }
        }
        func row(_ other: String) -> String {
            "(" + columns.map { "\(other).\($0)" }.joined(separator: ", ") + ")"
        }
        let again = quoted("again")
        return dice.pick([
            (30, { Join(from: "chunk", conditions: equal("chunk")) }),
            (8, { Join(from: "chunk", conditions: equal("chunk", turned: true)) }),
            (8, { Join(from: "chunk AS c", conditions: equal("c")) }),
            (6, { Join(from: "chunk", conditions: ["\(row(name)) = \(row("chunk"))"]) }),
            (8, { Join(conditions: ["\(row(name)) IN (SELECT \(list) FROM chunk)"]) }),
            (
                8,
                {
                    Join(conditions: [
                        "EXISTS (SELECT FROM chunk WHERE \(equal("chunk").joined(separator: " AND ")))"
                    ])
                }
            ),
            (6, { Join(from: "(SELECT \(list) FROM chunk) AS picked", conditions: equal("picked")) }),
            (
                4,
                {
                    Join(
                        tables: ["picked AS (SELECT \(list) FROM chunk)"],
                        from: "picked",
                        conditions: equal("picked")
                    )
                }
            ),
            (
                4,
                {
                    Join(
                        tables: ["Picked AS MATERIALIZED (SELECT * FROM chunk)", "more AS (TABLE picked)"],
                        from: "more",
                        conditions: equal("more")
                    )
                }
            ),
            (
                table.key.isByPlace ? 0 : 4,
                {
                    Join(
                        from: "chunk JOIN \(table.sqlName) AS \(again) USING (\(list))",
                        conditions: equal(again),
                        isPlain: false
                    )
                }
            ),
            (
                3,
                {
                    Join(
                        from: "chunk",
                        conditions: columns.map { "\(name).\($0) IS NOT DISTINCT FROM chunk.\($0)" }
                    )
                }
            ),
            (
                columns.count == 1 ? 3 : 0,
                { Join(conditions: ["\(name).\(list) = ANY (ARRAY(SELECT \(list) FROM chunk))"]) }
            ),
            (2, { Join(from: "chunk", conditions: equal("chunk") + ["\(name).\(table[.group]) >= 0"]) }),
            (
                2,
                {
                    Join(
                        from: "chunk",
                        conditions: equal("chunk") + ["(true OR chunk.\(columns[0]) IS NULL)"]
                    )
                }
            ),
        ])()
    }

    /// The rows of a chunk for a statement that reads the table as `i`.
    static func reading(_ table: RandomTable, _ dice: Dice) -> (from: String, condition: String?) {
        let columns = table.key.joinColumns
        let list = columns.joined(separator: ", ")
        let name = table.sqlName
        let on = columns.map { "i.\($0) = chunk.\($0)" }.joined(separator: " AND ")
        return dice.pick([
            (6, ("chunk JOIN \(name) AS i ON \(on)", nil)), (4, ("\(name) AS i, chunk", on)),
            (table.key.isByPlace ? 0 : 5, ("chunk JOIN \(name) AS i USING (\(list))", nil)),
            (
                3,
                (
                    "\(name) AS i",
                    "(\(columns.map { "i.\($0)" }.joined(separator: ", "))) IN (SELECT \(list) FROM chunk)"
                )
            ),
            (2, ("\(name) AS i", "EXISTS (SELECT FROM chunk WHERE \(on))")),
            (
                table.key.isByPlace ? 0 : 2,
                (
                    "chunk CROSS JOIN LATERAL (SELECT * FROM \(name) AS x WHERE \(columns.map { "x.\($0) = chunk.\($0)" }.joined(separator: " AND "))) AS i",
                    nil
                )
            ),
        ])
    }
}
