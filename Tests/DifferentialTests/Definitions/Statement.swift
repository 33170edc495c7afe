/// An author's statement in its pieces, so that one statement over all rows can be made of the same ones.
struct Statement {
    /// Common tables, `name AS (…)`.
    var tables: [String] = []
    var isRecursive = false
    /// Up to the condition.
    var main: String
    var conditions: [String] = []
    /// Behind the condition.
    var tail = ""
    /// What the statement calls the walked table, when it is an UPDATE or DELETE of it.
    var changed: String?

    /// Stands at the end of the WHERE of a common table that changes the walked table under its own name.
    static let changesRows = "\u{2}"

    /// As the author writes it.
    var text: String { assembled(tables.map { $0.replacing(Self.changesRows, with: "") }, conditions) }

    /// The statement over all rows: `chunk` holds the keys of all rows that fulfil `where`, and rows of the walked table are
    /// changed that fulfil it, also where others have the same key.
    func plain(over table: RandomTable, where condition: String?, within done: String? = nil) -> String {
        let conjuncts = [condition, done].compactMap { $0 }.map { "(\($0)\n)" }
        let rows =
            "FROM \(table.sqlName)"
            + (conjuncts.isEmpty ? "" : " WHERE " + conjuncts.joined(separator: " AND "))
        let chunk = "chunk AS (SELECT DISTINCT \(table.key.chunkColumns.joined(separator: ", ")) \(rows))"
        var own = conditions.map { "(\($0)\n)" }
        func isOne(_ name: String) -> String {
            "(\(name).tableoid, \(name).ctid) IN (SELECT tableoid, ctid \(rows))"
        }
        if let changed { own.append(isOne(changed)) }
        let restricted = tables.map { $0.replacing(Self.changesRows, with: " AND \(isOne(table.sqlName))") }
        return assembled([chunk] + restricted, own)
    }

    private func assembled(_ tables: [String], _ conditions: [String]) -> String {
        let with =
            tables.isEmpty
            ? "" : "WITH \(isRecursive ? "RECURSIVE " : "")\(tables.joined(separator: ",\n"))\n"
        let filter = conditions.isEmpty ? "" : "\nWHERE \(conditions.joined(separator: "\nAND "))"
        return with + main + filter + (tail.isEmpty ? "" : "\n" + tail)
    }
}
