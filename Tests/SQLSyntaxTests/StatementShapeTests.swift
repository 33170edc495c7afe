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
            ("DELETE FROM t", nil),
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
        ("UPDATE t SET a = 'x", "1:18: the string that begins here is never closed"),
    ])
    func `what is not one writing statement is refused with its place`(
        statement: String,
        message: String
    ) throws {
        let error = try #require(throws: ShapeError.self) { try StatementShape(statement) }
        #expect(error.description.contains(message), "\(error)")
    }
}
