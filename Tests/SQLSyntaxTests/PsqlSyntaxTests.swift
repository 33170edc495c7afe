import SQLSyntax
import Testing

@Suite struct PsqlSyntaxTests {
    private func failure(_ text: String) -> LexicalError? {
        do {
            _ = try StatementSplitter.scan(Array(text.utf8))
            return nil
        } catch {
            return error
        }
    }

    @Test(
        arguments: [
            ("SELECT 1;\n\\restrict k1\n", "\\restrict"), ("\\i other.sql", "\\i"),
            ("SELECT 1 \\gset", "\\gset"),
            ("SELECT 1 \\; SELECT 2;", "\\;"), ("\\echo 'it''s not closed", "\\echo"), ("\\", "\\"),
            ("\\!ls", "\\!"), ("/* a */ \\c other", "\\c"),
        ]
    )
    func `a command of psql is named with its line`(text: String, command: String) throws {
        let error = try #require(failure(text))
        #expect(error.reason == .psqlCommand(command))
        #expect(error.message.contains("psql"))
    }

    @Test(
        arguments: [
            ("ALTER TABLE t OWNER TO :owner;", ":owner"), ("SELECT :'name';", ":'name'"),
            ("SELECT * FROM :\"table\";", ":\"table\""), ("SELECT :{?x};", ":{?x}"),
            ("SELECT 1 WHERE a=:b", ":b"),
        ]
    )
    func `a variable of psql is named`(text: String, name: String) throws {
        #expect(try #require(failure(text)).reason == .psqlVariable(name))
    }

    @Test(
        arguments: [
            "SELECT 'a\\b', E'\\n', \"a\\b\", $$ \\d $$, a[1:n], a[lo:hi][:x], a::text, b := 1;",
            "SELECT json_object('a':b, 'c' : d), JSON_OBJECTAGG(k:v);",
            "SELECT '${flyway:user}', ${flyway:user};",
            "SELECT 1 : 2;", "-- \\d\n/* \\d :x */ SELECT 1;", "COPY t FROM STDIN;\n\\N\t:x\n\\.\nSELECT 1;",
        ]
    )
    func `what is SQL is let through`(text: String) {
        #expect(failure(text) == nil)
    }

    // MARK: COPY

    @Test(arguments: [
        "COPY c FROM STDIN; -- numbers\n1\n\\.\n", "COPY c FROM STDIN; /* a */ -- b\r\n1\r\n\\.\r\n",
    ])
    func `a comment may stand behind COPY, as psql has it`(text: String) throws {
        let statement = try #require(StatementSplitter.split(Array(text.utf8)).first)
        let data = try #require(statement.copyData)
        #expect(String(decoding: Array(text.utf8)[data], as: UTF8.self).first == "1")
    }

    @Test(arguments: ["COPY c FROM STDIN; SELECT 1;\n1\n\\.\n", "COPY c FROM STDIN; /* a\n*/\n1\n\\.\n"])
    func `nothing else may`(text: String) throws {
        #expect(try #require(failure(text)).reason == .textAfterCopy)
    }

    // MARK: standard_conforming_strings

    @Test(
        arguments: [
            "SET standard_conforming_strings = off;\nSELECT 'it\\'s; here';",
            "set local \"standard_conforming_strings\" to 'false'; SELECT N'it\\'s';",
            "SELECT pg_catalog.set_config('standard_conforming_strings', 'off', false); SELECT 'a\\';",
        ]
    )
    func `a string that would end elsewhere with the setting off is named`(text: String) throws {
        #expect(try #require(failure(text)).reason == .backslashInString)
    }

    @Test(
        arguments: [
            "SET standard_conforming_strings = off; SELECT 'no backslash', 'C:\\\\x', E'it\\'s', $$ ' \\' $$;",
            "SET standard_conforming_strings = off; SET standard_conforming_strings = on; SELECT 'a\\';",
            "SET standard_conforming_strings = off; RESET standard_conforming_strings; SELECT 'a\\';",
            "SET standard_conforming_strings = on; SELECT 'a\\';",
            "SELECT 'standard_conforming_strings'; SELECT 'a\\';",
            "ALTER ROLE r SET standard_conforming_strings = off; SELECT 'a\\';",
        ]
    )
    func `a dump of an old server is read where nothing depends on the setting`(text: String) {
        #expect(failure(text) == nil)
    }

    @Test func `a template is noted with its line, one in a string is text`() throws {
        let script = try StatementSplitter.scan(Array("SELECT '{{1}}';\nCREATE TABLE {{ name }} ();".utf8))
        #expect(script.templateLine == 2)
        #expect(try StatementSplitter.scan(Array("SELECT '{{1,2}}'::int[];".utf8)).templateLine == nil)
    }
}
