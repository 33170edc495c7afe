import Postgres

/// Reads from the control tables which chunks a run has committed.
struct DoneChunks {
    let connection: Connection
    let table: RandomTable

    /// A condition about rows of the walked table: that they belong to one of those chunks.
    func condition(ofRun name: String) throws -> String {
        let ranges = try connection.query(
            """
            SELECT class.relname::text, range.lower_bound, range.cursor
            FROM caisson.backfill_range AS range
            JOIN caisson.backfill_run AS run ON run.id = range.run_id
            JOIN pg_class AS class ON class.oid = range.walked_table
            WHERE run.name = \(name) AND range.cursor IS NOT NULL
            """,
            as: String.self,
            TextArray?.self,
            TextArray.self
        )
        let intervals = ranges.map { part, lower, cursor in
            let part = "tableoid = \(literal("plain." + Identifier(part).quoted))::regclass"
            let after = lower.map { " AND \(columns) > \(row($0))" } ?? ""
            return "\(part)\(after) AND \(columns) <= \(row(cursor))"
        }
        return intervals.isEmpty ? "false" : intervals.joined(separator: "\nOR ")
    }

    private var columns: String { "(" + table.key.columns.map(\.name).joined(separator: ", ") + ")" }

    private func row(_ key: TextArray) -> String {
        let values = zip(key.elements, table.key.columns).map { "\(literal($0 ?? ""))::\($1.type.castName)" }
        return "(" + values.joined(separator: ", ") + ")"
    }
}
