import SQLSyntax
import Testing

@Suite struct StatementShapeTests {
    private func text(_ range: Range<Int>?, of statement: String) -> String? {
        range.map { String(decoding: Array(statement.utf8)[$0], as: UTF8.self) }
    }

    @Test(arguments: [
        ("UPDATE city SET a = 1", StatementShape.Verb.update, ["city"], false, String?.none),
        ("update Public.\"City\" AS c set a = 1", .update, ["public", "City"], false, "c"),
        ("UPDATE ONLY city * c SET a = 1", .update, ["city"], true, "c"),
        ("UPDATE ONLY (city) SET a = 1", .update, ["city"], true, nil),
        ("DELETE FROM a.b USING chunk", .delete, ["a", "b"], false, nil),
        ("DELETE FROM b WHERE x", .delete, ["b"], false, nil),
        ("DELETE FROM b", .delete, ["b"], false, nil),
        ("INSERT INTO t (a) SELECT 1", .insert, ["t"], false, nil),
        ("INSERT INTO t AS x (a) VALUES (1)", .insert, ["t"], false, "x"),
        ("WITH u AS (UPDATE x SET y = 1 RETURNING z) DELETE FROM t", .delete, ["t"], false, nil),
        ("UPDATE U&\"\\0063ity\" SET a = 1;", .update, ["city"], false, nil),
    ])
    func `verb and target are found`(
        statement: String,
        verb: StatementShape.Verb,
        parts: [String],
        isOnly: Bool,
        alias: String?
    ) throws {
        let shape = try StatementShape(statement)
        #expect(shape.verb == verb)
        #expect(shape.target.parts == parts)
        #expect(shape.target.isOnly == isOnly)
        #expect(shape.target.alias == alias)
    }

    @Test(arguments: [
        ("UPDATE t SET a = 1", String?.none),
        ("UPDATE t SET a = 1 WHERE b OR c -- why\n;", "b OR c"),
        (
            "UPDATE t SET a = (SELECT x FROM y WHERE z) WHERE b = ANY (ARRAY[1]) RETURNING a",
            "b = ANY (ARRAY[1])"
        ),
        ("UPDATE t SET a = count(*) FILTER (WHERE b)", nil),
        ("DELETE FROM t USING u WHERE t.\"where\" = u.where", "t.\"where\" = u.where"),
        ("INSERT INTO t SELECT a FROM u WHERE b", nil),
        ("INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET b = 1 WHERE t.c", nil),
    ])
    func `the condition of the statement itself is found`(statement: String, expected: String?) throws {
        let shape = try StatementShape(statement)
        #expect(text(shape.condition?.expression, of: statement) == expected)
    }

    @Test(arguments: [
        ("UPDATE t SET a = 1", "UPDATE t SET a = 1 WHERE x"),
        ("UPDATE t SET a = 1 -- end\n;", "UPDATE t SET a = 1 WHERE x -- end\n;"),
        ("DELETE FROM t /* é */ RETURNING a;", "DELETE FROM t WHERE x /* é */ RETURNING a;"),
    ])
    func `a condition can be put in`(statement: String, expected: String) throws {
        let shape = try StatementShape(statement)
        var bytes = Array(statement.utf8)
        bytes.insert(contentsOf: " WHERE x".utf8, at: shape.conditionInsertion)
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }

    @Test func `a leading WITH is taken apart`() throws {
        let statement = """
            WITH RECURSIVE a (n) AS (SELECT 1 UNION ALL SELECT n FROM a) SEARCH DEPTH FIRST BY n SET o, b AS NOT MATERIALIZED
            (SELECT 1) CYCLE n SET c USING p UPDATE t SET x = 1 FROM a WHERE y RETURNING z
            """
        let shape = try StatementShape(statement)
        let with = try #require(shape.with)
        #expect(with.isRecursive)
        #expect(with.names == ["a", "b"])
        #expect(text(with.keyword, of: statement) == "WITH")
        #expect(Array(statement.utf8)[with.listStart...].starts(with: "a (n)".utf8))
        #expect(text(shape.verbRange, of: statement) == "UPDATE")
        #expect(text(shape.condition?.expression, of: statement) == "y")
        #expect(text(shape.returning, of: statement) == "RETURNING")
    }

    @Test func `names are found whatever their case`() throws {
        #expect(try StatementShape("UPDATE t SET a = 1 FROM Chunk").mentions("chunk"))
        #expect(try StatementShape("UPDATE t SET a = 1 FROM \"chunk\"").mentions("chunk"))
        #expect(try !StatementShape("UPDATE t SET a = 'chunk' FROM \"Chunk\" -- chunk").mentions("chunk"))
    }

    @Test func `ON CONFLICT is noticed`() throws {
        #expect(try StatementShape("INSERT INTO t SELECT 1 ON CONFLICT DO NOTHING").hasOnConflict)
        #expect(try !StatementShape("INSERT INTO t SELECT 1 FROM a JOIN b ON c").hasOnConflict)
    }

    @Test(
        arguments: [
            ("UPDATE t SET a = 1, \"B\" = f(x, y), c[1] = 2, d.e = 3 WHERE z", ["a", "B", "c", "d"]),
            ("UPDATE t SET (a, b) = (SELECT 1, 2), c = 3 FROM u", ["a", "b", "c"]),
            ("UPDATE t SET a = b IS DISTINCT FROM c, d = 1 FROM u, v RETURNING w, x", ["a", "d"]),
            ("UPDATE t SET a = ARRAY[1, 2]", ["a"]),
            ("UPDATE t SET U&\"i\\0064\" = 1, U&\"d!0061\" UESCAPE '!' = 2", ["id", "da"]),
            (
                "UPDATE t SET (a, b[1], c.d) = ROW(1, 2, 3), \"id\".x = 4, id[1][2] = 5",
                ["a", "b", "c", "id", "id"]
            ),
            ("UPDATE t SET /* n = 1, */ \"id\"/**/= t.x + (1), -- c = 3\n n = n + 1", ["id", "n"]),
            ("UPDATE t SET a = b.from, id = 1", ["a", "id"]),
            ("UPDATE t SET \(String(repeating: "n", count: 70)) = 1", [String(repeating: "n", count: 63)]),
            ("UPDATE t SET", nil),
            ("DELETE FROM t", []),
            ("INSERT INTO t (id) SELECT 1 ON CONFLICT DO NOTHING", []),
            (
                "INSERT INTO t (id) SELECT 1 ON CONFLICT (id) DO UPDATE SET id = 2, (n, m) = (1, 2) WHERE t.x",
                ["id", "n", "m"]
            ),
            ("INSERT INTO t SELECT 1 AS returning, 2 AS \"set\" FROM a JOIN b ON conflict", []),
        ] as [(String, [String]?)]
    )
    func `the assigned columns are found`(statement: String, columns: [String]?) throws {
        #expect(try StatementShape(statement).assignedColumns == columns)
    }

    @Test(arguments: [
        ("", "there is no statement"), ("-- x\n;", "there is no statement"),
        ("UPDATE t SET a = 1; DELETE FROM t", "1:21: a second statement begins here"),
        ("SELECT 1", "1:1: SELECT cannot be used here"),
        ("WITH a AS (SELECT 1)\nMERGE INTO t", "2:1: MERGE cannot be used here"),
        ("UPDATE", "expected the name of a table, found the end of the text"),
        ("INSERT t VALUES (1)", "expected INTO, found t"),
        ("WITH a (SELECT 1) DELETE FROM t", "expected AS, found DELETE"),
        ("DELETE FROM t WHERE CURRENT OF c", "1:15: WHERE CURRENT OF cannot be used"),
        ("DELETE FROM t WHERE", "expected a condition behind WHERE, found the end"),
        ("WITH a AS (MERGE INTO t USING u ON true) DELETE FROM t", "1:12: MERGE cannot be used here"),
        ("WITH a AS (DELETE t) DELETE FROM t", "1:19: expected FROM, found t"),
        ("UPDATE t SET a = 1,\n b = $2", "2:6: $2 is a parameter"),
        ("UPDATE t SET a = 'x", "1:18: the string that begins here is never closed"),
    ])
    func `what is not one writing statement is refused with its place`(
        statement: String,
        message: String
    ) throws {
        let error = try #require(throws: ShapeError.self) { try StatementShape(statement) }
        #expect(error.description.contains(message), "\(error)")
    }

    @Test func `every write of a statement is told apart`() throws {
        let text = """
            WITH a AS (SELECT 1), b AS (WITH c AS (SELECT 2) UPDATE ONLY s.t AS u SET id = 1 FROM chunk
            WHERE u.id = chunk.id RETURNING u.*), d (x) AS MATERIALIZED (INSERT INTO t (id, n[1]) OVERRIDING USER VALUE
            SELECT 1 ON CONFLICT (id) DO UPDATE SET n = 2), e AS (DELETE FROM t USING b WHERE t.id = b.id)
            INSERT INTO log DEFAULT VALUES RETURNING x;
            """
        let writes = try StatementShape(text).writes
        #expect(writes.map(\.verb) == [.update, .insert, .delete, .insert])
        #expect(writes.map { $0.target.parts.joined(separator: ".") } == ["s.t", "t", "t", "log"])
        #expect(writes.map(\.assignedColumns) == [["id"], ["n"], [], []])
        #expect(writes.map(\.insertedColumns) == [nil, ["id", "n"], nil, []])
        #expect(writes.map(\.hasOverriding) == [false, true, false, false])
        #expect(writes.map(\.hasOnConflict) == [false, true, false, false])
        #expect(writes[0].target.isOnly && writes[0].target.reference == "u")
        #expect(writes.map { self.text($0.verbRange, of: text) } == ["UPDATE", "INSERT", "DELETE", "INSERT"])
        #expect(
            writes.map { self.text($0.condition?.expression, of: text) } == [
                "u.id = chunk.id", nil, "t.id = b.id", nil,
            ]
        )
        #expect(writes.map { self.text($0.returning, of: text) } == ["RETURNING", nil, nil, "RETURNING"])
        let rest = writes.map { self.text($0.end..<text.utf8.count, of: text)?.prefix(3) ?? "" }
        #expect(rest == ["), ", "), ", ")\nI", ";"])
        #expect(self.text(0..<writes[0].conditionInsertion, of: text)?.hasSuffix("u.id = chunk.id") == true)
    }

    @Test(
        arguments: [
            ("INSERT INTO t VALUES (1)", nil), ("INSERT INTO t (SELECT 1)", nil),
            ("INSERT INTO t ((SELECT 1))", nil),
            ("INSERT INTO t (values) VALUES (1)", ["values"]), ("INSERT INTO t (VALUES (1))", nil),
            ("INSERT INTO t AS x (a, \"B\", c.d) TABLE u", ["a", "B", "c"]),
            ("INSERT INTO t (a) (SELECT b FROM c)", ["a"]), ("INSERT INTO t DEFAULT VALUES", []),
        ] as [(String, [String]?)]
    )
    func `the listed columns of an INSERT are found`(statement: String, columns: [String]?) throws {
        #expect(try StatementShape(statement).main.insertedColumns == columns)
    }
}
