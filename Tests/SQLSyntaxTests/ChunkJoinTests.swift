import SQLSyntax
import Testing

struct ChunkJoinTests {
    static func join(_ text: String, key: [String] = ["id"], write: Int = 0) throws -> ChunkJoin {
        let writes = try StatementShape(text).writes
        return ChunkJoin(writes[writes.count - 1 - write], of: text, key: key)
    }

    static let pinned = [
        "UPDATE t SET n = 1 FROM chunk WHERE t.id = chunk.id",
        "UPDATE ONLY s.t AS x SET n = 1 FROM chunk AS c WHERE (x.a > 1 OR c.id = 2) AND ((c.id = x.id))",
        "DELETE FROM t USING chunk c WHERE t.x BETWEEN 1 AND 2 AND t.id = c.id AND NOT t.done",
        "UPDATE t SET n = 1 WHERE t.id IN (SELECT id FROM chunk WHERE id > 5)",
        "UPDATE t SET n = 1 WHERE id = ANY (SELECT chunk.id FROM chunk)",
        "UPDATE t SET n = 1 WHERE id = ANY (ARRAY(SELECT id FROM chunk))",
        "UPDATE t SET n = 1 WHERE id IN (TABLE chunk)",
        "UPDATE t SET n = 1 WHERE id = (SELECT id FROM chunk LIMIT 1)",
        "UPDATE t SET n = 1 WHERE EXISTS (SELECT FROM chunk WHERE chunk.id = t.id)",
        "UPDATE t SET n = 1 WHERE EXISTS (SELECT 1 FROM chunk JOIN o ON o.x = chunk.id WHERE t.id = chunk.id)",
        "UPDATE t SET n = r.n FROM (SELECT id, row_number() OVER () AS n FROM chunk) AS r WHERE t.id = r.id",
        "UPDATE t SET n = r.n FROM (SELECT c.id AS k, f(x) n FROM chunk c LEFT JOIN o ON o.x = c.id) r WHERE t.id = r.k",
        "UPDATE t SET n = r.n FROM (SELECT * FROM chunk) AS r WHERE t.id = r.id",
        "UPDATE t SET n = r.n FROM (SELECT chunk.*, o.n FROM chunk, o) AS r WHERE r.id = t.id",
        "WITH r AS (SELECT chunk.id, o.n FROM chunk JOIN o ON o.k = chunk.id) UPDATE t SET n = r.n FROM r WHERE t.id = r.id",
        "WITH r (k, n) AS (SELECT id, count(*) FROM chunk JOIN o USING (id) GROUP BY id) UPDATE t SET n = r.n FROM r WHERE t.id = r.k",
        "WITH a AS (SELECT id FROM chunk), b AS (SELECT a.id AS k FROM a WHERE a.id > 1) DELETE FROM t USING b WHERE t.id = b.k",
        "WITH RECURSIVE r AS (SELECT id FROM chunk) UPDATE t SET n = 1 FROM r WHERE t.id = r.id",
        "UPDATE t SET n = 1 FROM o LEFT JOIN chunk ON true WHERE t.id = chunk.id",
        "UPDATE t SET n = 1 FROM chunk CROSS JOIN LATERAL (SELECT p FROM p WHERE p.t = chunk.id LIMIT 1) x WHERE t.id = chunk.id",
        "UPDATE t SET n = 1 FROM chunk AS c (k) WHERE t.id = c.k",
        "UPDATE t SET n = 1 FROM chunk TABLESAMPLE system (5), f(1) AS g (h) WHERE t.id = chunk.id",
        "UPDATE t SET n = 1 FROM chunk JOIN chunk AS d ON d.id = chunk.id WHERE t.id = d.id",
        "UPDATE t SET U&\"\\006e\" = 1 FROM \"chunk\" WHERE T.\"id\" = Chunk.ID -- OR true",
    ]

    @Test(arguments: pinned)
    func `a statement that reaches the rows of the chunk alone`(_ text: String) throws {
        #expect(try Self.join(text).columns == ["id"])
    }

    static let bridged = [
        "UPDATE t SET n = o.n FROM chunk JOIN o ON o.t = chunk.id WHERE t.id = o.t",
        "UPDATE t SET n = o.n FROM chunk JOIN o USING (id) WHERE t.id = o.id",
        "UPDATE t SET n = o.n FROM o, chunk WHERE t.id = o.t AND chunk.id = o.t",
        "UPDATE t SET n = 1 FROM o WHERE t.id = o.t AND o.t IN (SELECT id FROM chunk)",
        "WITH r AS (SELECT o.t FROM o WHERE EXISTS (SELECT FROM chunk WHERE chunk.id = o.t)) DELETE FROM t USING r WHERE r.t = t.id",
    ]

    @Test(arguments: bridged)
    func `columns of other relations may stand in between`(_ text: String) throws {
        let join = try Self.join(text)
        #expect(join.columns.isEmpty && join.bridgedColumns == ["id"])
    }

    static let open = [
        "UPDATE t SET n = 1 FROM chunk",
        "UPDATE t SET n = 1 WHERE EXISTS (SELECT FROM chunk)",
        "UPDATE t SET n = 1 FROM chunk WHERE t.id = chunk.id OR t.n IS NULL",
        "UPDATE t SET n = 1 FROM chunk WHERE NOT t.id = chunk.id",
        "UPDATE t SET n = 1 FROM chunk WHERE NOT (t.id = chunk.id AND true)",
        "UPDATE t SET n = 1 FROM chunk WHERE (t.id = chunk.id AND t.n = 1 OR true)",
        "UPDATE t SET n = 1 FROM chunk WHERE t.id = chunk.id IS NOT NULL",
        "UPDATE t SET n = 1 FROM chunk WHERE t.id = chunk.id + 0",
        "UPDATE t SET n = 1 FROM chunk WHERE t.id >= chunk.id",
        "UPDATE t SET n = 1 FROM chunk WHERE t.other = chunk.id",
        "UPDATE t SET n = 1 FROM chunk WHERE true BETWEEN false AND t.id = chunk.id",
        "UPDATE t SET n = 1 FROM chunk WHERE CASE WHEN true AND t.id = chunk.id AND true THEN false ELSE true END",
        "UPDATE t SET n = 1 FROM chunk RIGHT JOIN o ON o.x = chunk.id WHERE t.id = o.x",
        "UPDATE t SET n = 1 FROM o LEFT JOIN chunk ON o.x = chunk.id WHERE t.id = o.x",
        "UPDATE t SET n = 1 FROM o FULL JOIN chunk USING (id) WHERE t.id = o.id",
        "UPDATE t SET n = 1 FROM (SELECT id FROM o NATURAL FULL JOIN chunk) r WHERE t.id = r.id",
        "UPDATE t SET n = 1 FROM (SELECT id FROM o LEFT JOIN chunk USING (id)) r WHERE t.id = r.id",
        "UPDATE t SET n = 1 FROM (SELECT id FROM chunk UNION ALL SELECT id FROM o) r WHERE t.id = r.id",
        "UPDATE t SET n = 1 FROM (SELECT -id AS id FROM chunk) r WHERE t.id = r.id",
        "UPDATE t SET n = 1 FROM (SELECT id::text AS id FROM chunk) r WHERE t.id = r.id",
        "UPDATE t SET n = 1 FROM (SELECT max(id) AS id FROM o, chunk) r WHERE t.id = r.id",
        "UPDATE t SET n = 1 WHERE EXISTS (SELECT count(*) FROM chunk WHERE chunk.id = t.id)",
        "UPDATE t SET n = 1 WHERE EXISTS (SELECT FROM chunk WHERE chunk.id = t.id GROUP BY ())",
        "UPDATE t SET n = 1 WHERE EXISTS (SELECT FROM chunk WHERE chunk.id = t.id HAVING true)",
        "UPDATE t SET n = 1 WHERE NOT EXISTS (SELECT FROM chunk WHERE chunk.id = t.id)",
        "UPDATE t SET n = 1 WHERE t.id NOT IN (SELECT id FROM chunk)",
        "UPDATE t SET n = 1 WHERE t.id = ALL (SELECT id FROM chunk)",
        "UPDATE t SET n = 1 WHERE t.n IN (SELECT count(*) FROM chunk WHERE chunk.id = t.id)",
        "WITH chunk AS (SELECT id FROM t) UPDATE t SET n = 1 FROM chunk WHERE t.id = chunk.id",
        "UPDATE t SET n = 1 FROM s.chunk WHERE t.id = chunk.id",
        "UPDATE t SET n = 1 FROM o AS chunk WHERE t.id = chunk.id",
        "WITH a AS (SELECT id FROM r), r AS (SELECT id FROM chunk) UPDATE t SET n = 1 FROM a WHERE t.id = a.id",
        "UPDATE t SET n = 1 FROM (chunk JOIN o ON true) AS j WHERE t.id = j.id",
        "UPDATE t SET n = 1 FROM chunk, b JOIN c ON b.x = id WHERE t.id = b.x",
        "UPDATE t SET n = 1 FROM a JOIN b USING (id), c JOIN chunk USING (id) WHERE t.id = b.id",
        "UPDATE t SET n = 1 FROM chunk c, (SELECT c.id) r WHERE t.id = r.id",
        "INSERT INTO t (id) SELECT id FROM chunk",
        "UPDATE t SET n = 1 FROM chunk c LEFT JOIN LATERAL (SELECT 1 FROM y WHERE c.id = y.k AND y.k = 1) z ON true WHERE t.id = y.k",
        "UPDATE t SET n = 1 FROM o, LATERAL (SELECT count(*) FROM chunk WHERE chunk.id = o.k) z WHERE t.id = o.k",
        "UPDATE t SET n = 1 FROM o LEFT JOIN LATERAL (SELECT id FROM chunk WHERE chunk.id = o.k) z ON true WHERE t.id = o.k",
        "UPDATE t SET n = 1 WHERE (SELECT t.id = chunk.id FROM chunk)",
        "UPDATE t SET n = 1 WHERE t.id IN (SELECT id FROM chunk) IS NOT NULL",
        "UPDATE t SET n = 1 WHERE EXISTS (SELECT FROM chunk WHERE chunk.id = t.id) OR EXISTS (SELECT FROM chunk)",
        "WITH RECURSIVE r AS (SELECT id FROM chunk UNION SELECT r.id + 1 FROM r) UPDATE t SET n = 1 FROM r WHERE t.id = r.id",
        "UPDATE t SET n = 1 FROM (SELECT id FROM chunk GROUP BY ROLLUP (id)) r WHERE t.id = r.id",
        "UPDATE t SET n = 1 FROM chunk AS c (x) WHERE t.id = c.id",
        "UPDATE chunk SET n = 1 WHERE chunk.id = id",
    ]

    @Test(arguments: open)
    func `nothing is proven that is not so`(_ text: String) throws {
        let join = try Self.join(text)
        #expect(join.columns.isEmpty && join.bridgedColumns.isEmpty)
    }

    static let composite: [(String, Set<String>)] = [
        ("UPDATE t SET n = 1 FROM chunk WHERE t.a = chunk.a AND chunk.b = t.b", ["a", "b"]),
        ("UPDATE t SET n = 1 FROM chunk WHERE (t.b, t.a) = (chunk.b, chunk.a)", ["a", "b"]),
        ("UPDATE t SET n = 1 WHERE (t.a, t.b) IN (SELECT a, b FROM chunk)", ["a", "b"]),
        ("UPDATE t SET n = 1 WHERE (a, b) = ANY (SELECT * FROM chunk)", ["a", "b"]),
        (
            "UPDATE t SET n = 1 WHERE EXISTS (SELECT * FROM chunk WHERE chunk.a = t.a AND chunk.b = t.b)",
            ["a", "b"]
        ),
        ("UPDATE t SET n = 1 FROM chunk WHERE t.a = chunk.a", ["a"]),
        ("UPDATE t SET n = 1 FROM chunk WHERE (t.a, t.b) = (chunk.a, 5)", ["a"]),
        // Two rows of the chunk, each with one of the columns.
        ("UPDATE t SET n = 1 WHERE t.a IN (SELECT a FROM chunk) AND t.b IN (SELECT b FROM chunk)", ["a"]),
        ("UPDATE t SET n = 1 FROM chunk c, chunk d WHERE t.a = c.a AND t.b = d.b", ["a"]),
        (
            "WITH r AS (SELECT a, b FROM chunk) UPDATE t SET n = 1 FROM r x, r y WHERE t.a = x.a AND t.b = y.b",
            ["a"]
        ),
        ("UPDATE t SET n = 1 WHERE (t.a, t.b) IN (SELECT b, a FROM chunk)", []),
    ]

    @Test(arguments: composite)
    func `the columns of a key belong to one row`(_ text: String, _ columns: Set<String>) throws {
        #expect(try Self.join(text, key: ["a", "b"]).columns.count == columns.count)
    }

    @Test func `a write in a common table is read with the tables before it`() throws {
        let text = """
            WITH r AS (SELECT id FROM chunk), w AS (UPDATE t SET n = 1 FROM r WHERE t.id = r.id RETURNING t.id),
            v AS (DELETE FROM t USING late WHERE t.id = late.id), late AS (SELECT id FROM chunk)
            INSERT INTO log SELECT id FROM w
            """
        #expect(try Self.join(text, write: 2).columns == ["id"])
        #expect(try Self.join(text, write: 1).columns == [])
    }
}
