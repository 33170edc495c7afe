import Postgres
import TestSupport
import Testing

@Suite struct SQLTests {
    @Test func `a value becomes a parameter`() {
        let sql: SQL = "SELECT name FROM city WHERE id = \(7) AND code = \("AD") AND area > \(Double?.none)"
        #expect(sql.text == "SELECT name FROM city WHERE id = $1 AND code = $2 AND area > $3")
        #expect(sql.parameters.map(\.bytes) == [[0, 0, 0, 0, 0, 0, 0, 7], Array("AD".utf8), nil])
        #expect(sql.parameters.map(\.type) == [.int8, .unknown, .float8])
        #expect(sql.description == sql.text)
    }

    @Test func `fragments nest and are numbered anew`() {
        let inner: SQL = "b = \(2)"
        let both = [inner, "c = \(3)"].joined(separator: " OR ")
        let sql: SQL = "a = \(1) AND (\(both)) AND d = \(4)"
        #expect(sql.text == "a = $1 AND (b = $2 OR c = $3) AND d = $4")
        #expect(sql.parameters.compactMap(\.bytes?.last) == [1, 2, 3, 4])
        #expect((sql + inner).text.hasSuffix("d = $4b = $5"))
    }

    @Test func `nothing joined is nothing`() {
        #expect([SQL]().joined(separator: ", ").text.isEmpty)
    }

    @Test(arguments: [(true, "DESC"), (false, "ASC")])
    func `a choice between two literals is a parameter`(_ descending: Bool, _ word: String) {
        let wrong: SQL = "ORDER BY name \(descending ? "DESC" : "ASC")"
        let order: SQL = descending ? "DESC" : "ASC"
        #expect(wrong.text == "ORDER BY name $1")
        #expect(("ORDER BY name \(order)" as SQL).text == "ORDER BY name \(word)")
    }

    @Test(arguments: [
        ("city", "\"city\""), ("Select", "\"Select\""), ("a\"b", "\"a\"\"b\""), ("a.b", "\"a.b\""),
        // A quote with a combining mark is one character, and must be doubled all the same.
        ("a\"\u{301}b", "\"a\"\"\u{301}b\""),
    ])
    func `names are quoted`(_ name: String, _ quoted: String) {
        #expect(Array(("\(identifier: name)" as SQL).text.utf8) == Array(quoted.utf8))
    }

    @Test(arguments: [
        ("plain", "'plain'"), ("it's", "'it''s'"), ("c:\\x", " E'c:\\\\x'"), ("\\'", " E'\\\\'''"),
        ("'\u{301}", "'''\u{301}'"), ("\\\u{301}", " E'\\\\\u{301}'"),
    ])
    func `literals are quoted`(_ text: String, _ quoted: String) {
        #expect(Array(("\(literal: text)" as SQL).text.utf8) == Array(quoted.utf8))
    }

    @Test(
        .freshDatabase,
        arguments: [
            "it's", "c:\\x", "\\'; DROP TABLE city; --", "'\u{301}); SELECT 1", "\"\u{301}", "日本\n\t",
        ],
        ["on", "off"]
    )
    func `literals and names come back from the server as they were`(
        _ text: String,
        _ conforming: String
    ) throws {
        let connection = try TestDatabase.current.connection()
        try connection.runScript("SET standard_conforming_strings = \(conforming)")
        let value = try connection.queryOne("SELECT\(literal: text)", as: String.self)
        #expect(Array(value.utf8) == Array(text.utf8))
        let names = try connection.rows("SELECT 1 AS \(identifier: text)").columnNames
        #expect(names.map { Array($0.utf8) } == [Array(text.utf8)])
    }

    @Test(
        .freshDatabase,
        arguments: [
            "SELECT \("a\0b")" as SQL, "SELECT 'a\0b'", "SELECT 1 AS \(identifier: "a\0b")",
            "SELECT \(literal: "a\0b")",
        ]
    )
    func `a NUL is refused instead of cutting the rest off`(_ sql: SQL) throws {
        let connection = try TestDatabase.current.connection()
        let error = #expect(throws: PostgresError.self) { try connection.execute(sql) }
        #expect(error?.description.contains("may not hold a NUL character") == true)
        #expect(throws: PostgresError.self) { try connection.runScript("SELECT 1; -- \0 DROP") }
        #expect(try connection.queryOne("SELECT 1", as: Int.self) == 1)
    }
}
