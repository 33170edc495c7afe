import Postgres

/// Compares the tables of two schemas as multisets of rows.
struct Comparison {
    let connection: Connection
    let table: RandomTable
    /// Columns that are left out.
    let drawn: [String]

    /// How many rows of a table are shown that only one side has.
    private static let shown = 6

    /// Where the tables differ; empty when they are equal.
    func differences() throws -> [String] {
        let tables = try contents()
        let sides = try ["backfilled", "plain"].map { schema in
            let digests = tables.map { digest(schema, $0) as SQL }
            return try connection.query(
                digests.joined(separator: "\nUNION ALL "),
                as: String.self,
                String.self
            )
            .sorted { $0.0 < $1.0 }
        }
        let unequal = zip(sides[0], sides[1]).filter { $0.1 != $1.1 }.map(\.0.0)
        return try tables.filter { unequal.contains($0.table) }.map(difference)
    }

    private struct Content {
        let table: String
        let columns: [String]
    }

    /// The tables that hold rows, and their columns in the order of their names: parts have them in orders of their own.
    private func contents() throws -> [Content] {
        try connection.query(
            """
            SELECT class.relname::text, array_agg(attribute.attname::text ORDER BY attribute.attname::text COLLATE "C")
            FROM pg_class AS class
            JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid
            WHERE class.relnamespace = 'plain'::regnamespace AND class.relkind = 'r'
              AND attribute.attnum > 0 AND NOT attribute.attisdropped
            GROUP BY class.relname
            ORDER BY 1
            """,
            as: String.self,
            TextArray.self
        ).map { name, columns in
            Content(
                table: name,
                columns: columns.elements.compactMap { $0 }.filter { !drawn.contains(quoted($0)) }
            )
        }
    }

    private func rows(_ schema: String, _ content: Content) -> SQL {
        let columns = content.columns.map { "\(identifier: Identifier($0))" as SQL }.joined(separator: ", ")
        return
            "SELECT ROW(\(columns))::text AS row_ FROM ONLY \(identifier: Identifier(schema, content.table))"
    }

    private func digest(_ schema: String, _ content: Content) -> SQL {
        """
        SELECT \(unsafe: literal(content.table)),
               coalesce(md5(string_agg(row_, E'\\n' ORDER BY row_ COLLATE "C")), 'empty')
        FROM (\(rows(schema, content))) AS rows
        """
    }

    private func difference(_ content: Content) throws -> String {
        let (one, other) = (rows("backfilled", content), rows("plain", content))
        let lines = try [("backfill", one, other), ("statement", other, one)].flatMap { side, here, there in
            let rows = try connection.query("\(here) EXCEPT ALL \(there) ORDER BY 1", as: String.self)
            let more = rows.count > Self.shown ? ["  … \(rows.count) rows"] : []
            return rows.prefix(Self.shown).map { "  only by the \(side): \($0.prefix(300))" } + more
        }
        let columns = content.columns.joined(separator: ", ")
        return "\(content.table) (\(columns)) differs:\n\(lines.joined(separator: "\n"))"
    }
}
