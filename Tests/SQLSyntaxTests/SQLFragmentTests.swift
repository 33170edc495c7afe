import SQLSyntax
import Testing

struct SQLFragmentTests {
    @Test(arguments: [
        "a IS NULL", "a = ')'", "a = 1 -- note ;", "a = $x$ ; ) $x$ /* ( */ AND (b = ANY (ARRAY[1, 2]))",
        "f(a, b)",
        "\"a;)\" = 1", "(a, b) = (1, 2)", "a IN (1, 2)",
    ])
    func `one condition`(_ text: String) throws {
        try SQLFragment.checkCondition(text)
    }

    @Test(arguments: [
        ("", "there is nothing here"), ("-- a = 1", "there is nothing here"),
        ("a IS NULL) OR (true", "1:10: the ) here closes nothing"),
        ("true; DROP TABLE x", "1:5: something else begins here"), ("true;", "1:5: something else"),
        ("a, b", "1:2: a comma stands here"), ("(a", "1:1: the ( here is never closed"),
        ("a[1) AND (2]", "1:4: the ) here closes nothing"), ("a = 'x", "1:5: the string"),
        ("a /* x", "1:3: the comment"),
        ("a = $1", "1:5: $1 is a parameter"), ("a = $$x", "never ends"),
    ])
    func `what is not one condition is refused with its place`(_ text: String, _ message: String) throws {
        let error = try #require(throws: FragmentError.self) { try SQLFragment.checkCondition(text) }
        #expect(error.description.contains(message), "\(error)")
    }

    @Test(arguments: [
        "SELECT count(*) FROM t WHERE x IN (1, 2);", "WITH a AS (SELECT 1), b AS (TABLE a) SELECT 0, 1",
        "VALUES (0)",
        "TABLE t", "(SELECT 1) UNION (SELECT 2)", "((SELECT 1))", "-- all\nSELECT ';'",
    ])
    func `one query`(_ text: String) throws {
        try SQLFragment.checkQuery(text)
    }

    @Test(arguments: [
        ("", "there is nothing here"), ("DELETE FROM t RETURNING 0", "1:1: expected SELECT, found DELETE"),
        ("WITH a AS (DELETE FROM t RETURNING 0) SELECT 0", "1:12: expected SELECT, found DELETE"),
        ("WITH a AS (SELECT 1) UPDATE t SET a = 1", "1:22: expected SELECT, found UPDATE"),
        ("SELECT 0; DROP TABLE t", "1:11: something else begins here"), ("SELECT (0", "1:8: the ( here"),
        ("SELECT 0)", "1:9: the ) here"), ("SELECT count(*) FROM t WHERE id > $1", "1:35: $1 is a parameter"),
    ])
    func `what is not one query is refused with its place`(_ text: String, _ message: String) throws {
        let error = try #require(throws: FragmentError.self) { try SQLFragment.checkQuery(text) }
        #expect(error.description.contains(message), "\(error)")
    }
}
