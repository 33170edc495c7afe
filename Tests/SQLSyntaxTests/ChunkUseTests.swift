import SQLSyntax
import Testing

struct ChunkUseTests {
    static func restarts(_ text: String, key: [String] = ["id"]) throws -> [String] {
        try ChunkUse(text, key: key).restarts.map { "\($0.kind) \($0.name) \($0.location)" }
    }

    static let restarting: [(String, [String])] = [
        (
            "UPDATE t SET n = r.n FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM chunk) r WHERE t.id = r.id",
            ["window row_number 1:39"]
        ),
        (
            "WITH r AS (SELECT id, sum(x) FILTER (WHERE y) OVER w AS n FROM chunk JOIN o USING (id) WINDOW w AS (PARTITION BY z))\nUPDATE t SET n = r.n FROM r WHERE t.id = r.id",
            ["window sum 1:23"]
        ),
        ("DELETE FROM t WHERE id IN (SELECT id FROM chunk ORDER BY id OFFSET 1)", ["limit OFFSET 1:61"]),
        ("INSERT INTO log SELECT id FROM chunk FETCH FIRST 3 ROWS ONLY", ["limit FETCH 1:38"]),
        ("INSERT INTO log SELECT count(*) FROM chunk", ["aggregate count 1:24"]),
        ("INSERT INTO log SELECT my.agg(x) FILTER (WHERE true) FROM chunk", ["aggregate agg 1:27"]),
        (
            "INSERT INTO log (k, n) SELECT k, sum(n) FROM chunk JOIN t ON t.id = chunk.id GROUP BY k ON CONFLICT DO NOTHING",
            ["aggregate sum 1:34"]
        ),
        ("INSERT INTO total SELECT sum(x) FROM t WHERE id IN (SELECT id FROM chunk)", ["aggregate sum 1:26"]),
        ("INSERT INTO log SELECT DISTINCT ON (k) id FROM chunk", ["distinctOn DISTINCT ON 1:24"]),
        (
            "UPDATE t SET n = (SELECT count(*) FROM chunk) FROM chunk c WHERE t.id = c.id",
            ["aggregate count 1:26"]
        ),
        (
            "WITH d AS (DELETE FROM t USING chunk WHERE t.id = chunk.id RETURNING t.*) INSERT INTO s SELECT max(x) FROM d",
            ["aggregate max 1:96"]
        ),
        ("INSERT INTO log SELECT id, rank() OVER (PARTITION BY o.id) FROM chunk, o", ["window rank 1:28"]),
    ]

    @Test(arguments: restarting)
    func `what begins again in each chunk is found`(_ text: String, _ expected: [String]) throws {
        #expect(try Self.restarts(text) == expected)
    }

    static let harmless = [
        "UPDATE t SET p = (SELECT p FROM o WHERE o.t = chunk.id ORDER BY at DESC LIMIT 1) FROM chunk WHERE t.id = chunk.id",
        "UPDATE t SET p = (SELECT sum(p) FROM o WHERE o.t = t.id) FROM chunk WHERE t.id = chunk.id",
        "UPDATE t SET n = x.n FROM chunk, LATERAL (SELECT count(*) AS n FROM o WHERE o.t = chunk.id) x WHERE t.id = chunk.id",
        "UPDATE t SET n = r.n FROM (SELECT chunk.id, count(o.t) AS n FROM chunk LEFT JOIN o ON o.t = chunk.id GROUP BY chunk.id) r WHERE t.id = r.id",
        "UPDATE t SET n = r.n FROM (SELECT id, max(o.x) AS n FROM chunk JOIN o USING (id) GROUP BY 1) r WHERE t.id = r.id",
        "UPDATE t SET n = r.n FROM (SELECT o.t, max(o.x) AS n FROM chunk JOIN o ON o.t = chunk.id GROUP BY o.t) r WHERE t.id = r.t",
        "INSERT INTO log SELECT id, row_number() OVER (PARTITION BY chunk.id ORDER BY x) FROM chunk JOIN o ON o.t = chunk.id",
        "INSERT INTO log SELECT DISTINCT ON (chunk.id) chunk.id, x FROM chunk JOIN o ON o.t = chunk.id ORDER BY chunk.id, x",
        "INSERT INTO s SELECT k, count(*) FROM chunk JOIN t ON t.id = chunk.id GROUP BY k ON CONFLICT (k) DO UPDATE SET n = s.n + excluded.n",
        "WITH p AS (SELECT k, sum(x) x FROM chunk JOIN t USING (id) GROUP BY k) INSERT INTO s SELECT * FROM p ON CONFLICT (k) DO UPDATE SET x = s.x + excluded.x",
        "DELETE FROM t WHERE EXISTS (SELECT 1 FROM chunk WHERE chunk.id = t.id LIMIT 1)",
        "DELETE FROM t WHERE id IN (SELECT id FROM chunk OFFSET 0)",
        "UPDATE t SET n = m.n FROM chunk, (SELECT max(n) AS n FROM o) m WHERE t.id = chunk.id",
        "UPDATE t SET n = greatest(t.n, count) FROM chunk WHERE t.id = chunk.id",
        "WITH d AS (DELETE FROM t USING chunk WHERE t.id = chunk.id RETURNING t.*) INSERT INTO s SELECT id, count(*) FROM d GROUP BY id",
    ]

    @Test(arguments: harmless)
    func `what belongs to one row is left alone`(_ text: String) throws {
        #expect(try Self.restarts(text) == [])
    }

    @Test func `all columns of a key are asked for`() throws {
        let text = "INSERT INTO l SELECT a, b, rank() OVER (PARTITION BY a) FROM chunk"
        #expect(try Self.restarts(text, key: ["a", "b"]).count == 1)
        #expect(try Self.restarts(text.replacing("BY a", with: "BY b, a"), key: ["a", "b"]).isEmpty)
    }

    @Test(arguments: [
        "WITH chunk AS (SELECT 1) UPDATE t SET n = 1 FROM chunk",
        "UPDATE t AS chunk SET n = 1",
        "UPDATE t SET n = 1 FROM o AS chunk",
        "UPDATE t SET n = 1 FROM (SELECT 1) chunk",
        "UPDATE t SET n = 1 FROM f(1) AS chunk",
        "UPDATE t SET n = 1 FROM s.chunk WHERE t.id = chunk.id",
        "UPDATE t SET n = (WITH \"chunk\" AS (SELECT 1) SELECT 1 FROM chunk)",
        "UPDATE t SET n = (SELECT 1 FROM o chunk)",
        "INSERT INTO t AS chunk (a) SELECT 1 FROM o",
    ])
    func `a name that is taken is noticed`(_ text: String) throws {
        #expect(try ChunkUse(text, key: ["id"]).takenNames.count == 1)
    }

    @Test(arguments: [
        "UPDATE t SET n = 1 FROM chunk AS chunk WHERE t.id = chunk.id",
        "INSERT INTO s.chunk SELECT id AS chunk FROM chunk",
        "UPDATE t SET chunk = chunk.id FROM chunk, s.chunk AS o WHERE t.id = chunk.id",
    ])
    func `columns and labels may bear the name`(_ text: String) throws {
        #expect(try ChunkUse(text, key: ["id"]).takenNames == [])
    }
}

/// Whatever a person types, reading it ends, with an answer or a refusal.
struct TruncatedTextTests {
    static let texts =
        ChunkJoinTests.pinned + ChunkJoinTests.bridged + ChunkJoinTests.open + ChunkUseTests.harmless
        + ChunkUseTests.restarting.map(\.0) + [
            "INSERT INTO t AS x (a, b[1]) OVERRIDING SYSTEM VALUE SELECT 1 ON CONFLICT (a) WHERE b DO UPDATE SET (a, b) = (1, 2) WHERE x.a RETURNING a",
            "INSERT INTO t OVERRIDING RETURNING a", "INSERT INTO t DEFAULT RETURNING a",
            "DELETE FROM ONLY (t) RETURNING",
            "UPDATE t SET WHERE FROM USING",
            "WITH a (b) AS NOT MATERIALIZED (SELECT DISTINCT ON () OVER () GROUP BY) DELETE FROM a",
        ]

    @Test(arguments: texts)
    func `a text that is cut off or shuffled is read to its end`(_ text: String) {
        let words = text.split(separator: " ")
        for count in 0...words.count {
            read(words.prefix(count).joined(separator: " "))
            read(words.dropFirst(count).joined(separator: " "))
            read((words.dropFirst(count) + words.prefix(count)).joined(separator: " "))
            read("UPDATE t SET n = 1 FROM " + words.dropFirst(count).joined(separator: " "))
            read("INSERT INTO t SELECT " + words.dropFirst(count).joined(separator: " "))
        }
    }

    private func read(_ text: String) {
        try? SQLFragment.checkCondition(text)
        try? SQLFragment.checkQuery(text)
        _ = try? ChunkUse(text, key: ["id"])
        guard let shape = try? StatementShape(text) else { return }
        for write in shape.writes { _ = ChunkJoin(write, of: text, key: ["id"]) }
    }
}
