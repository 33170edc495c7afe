import SQLSyntax
import Testing

@Suite struct StatementSplitterTests {
    private func split(_ text: String) throws -> [Statement] {
        try StatementSplitter.split(Array(text.utf8))
    }

    @Test(arguments: [
        ("", []),
        (";;  ;\n", []),
        ("-- nothing here\n/* nor ; here */", []),
        ("SELECT 1", ["SELECT 1"]),
        ("SELECT 1; SELECT 2;", ["SELECT 1", "SELECT 2"]),
        ("-- first\nSELECT 1 -- one;\n; /* two */ SELECT 2", ["SELECT 1", "SELECT 2"]),
        ("SELECT ';', \";\", $$;$$, E'\\';' ; SELECT 2", ["SELECT ';', \";\", $$;$$, E'\\';'", "SELECT 2"]),
        ("SELECT 1 -- c:\\\n; SELECT 2", ["SELECT 1", "SELECT 2"]),
        (
            "CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b;); SELECT 1",
            ["CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b;)", "SELECT 1"]
        ),
        ("BEGIN; SELECT 1; END; SELECT 2", ["BEGIN", "SELECT 1", "END", "SELECT 2"]),
        ("SELECT CASE WHEN a THEN 1 END; SELECT 2", ["SELECT CASE WHEN a THEN 1 END", "SELECT 2"]),
        ("SELECT a); SELECT 2", ["SELECT a)", "SELECT 2"]),
        ("SELECT U&'\\'; SELECT 2", ["SELECT U&'\\'", "SELECT 2"]),
        ("SELECT 1;\r\nSELECT\r\n2;\r\n", ["SELECT 1", "SELECT\r\n2"]),
    ])
    func `a script falls into its statements`(text: String, expected: [String]) throws {
        #expect(try split(text).map(\.text) == expected)
    }

    @Test(arguments: [
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END",
        "CREATE OR REPLACE PROCEDURE p() LANGUAGE sql BEGIN ATOMIC INSERT INTO t VALUES (1); END",
        """
        CREATE FUNCTION f(x int) RETURNS text BEGIN ATOMIC
            SELECT CASE WHEN x > 0 THEN CASE x WHEN 1 THEN 'one; ' ELSE 'more' END ELSE 'no' END;
            SELECT 1 AS end, t.case, t.end FROM t;
        END
        """,
        "create function f() returns int begin /* the */ atomic select 1; end",
    ])
    func `the body of a routine stays whole`(routine: String) throws {
        #expect(try split("\(routine);\nSELECT 3;").map(\.text) == [routine, "SELECT 3"])
    }

    @Test func `a routine with a quoted body needs no BEGIN ATOMIC`() throws {
        let routine = "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $f$ BEGIN RETURN 1; END; $f$"
        #expect(try split("\(routine); SELECT 1").map(\.text) == [routine, "SELECT 1"])
    }

    @Test(arguments: ["\n", "\r\n"])
    func `COPY data stays with its statement`(newline: String) throws {
        let lines = [
            "COPY t (a, b) FROM STDIN;", "1\tit's; $$", "\\\\.\tx", "\\.",
            "COPY u FROM stdin WITH (FORMAT csv);", "\\.",
            "-- after", "SELECT 1;",
        ]
        let text = lines.joined(separator: newline)
        let statements = try split(text)
        #expect(statements.map(\.line) == [1, 5, 8])
        #expect(statements.map(\.kind) == [.copyFromStdin, .copyFromStdin, .ordinary])
        let data = try #require(statements[0].copyData)
        #expect(
            String(decoding: Array(text.utf8)[data], as: UTF8.self)
                == "1\tit's; $$\(newline)\\\\.\tx\(newline)"
        )
        #expect(statements[1].copyData?.isEmpty == true)
        #expect(statements[2].copyData == nil)
    }

    @Test func `COPY from a file or to the client has no data`() throws {
        let text = "COPY t FROM '/tmp/x'; COPY t TO STDOUT; COPY (SELECT 1 FROM stdin) TO STDOUT; SELECT 2"
        #expect(try split(text).count == 4)
    }

    @Test(arguments: [
        ("COPY t FROM STDIN;\n1\n2\n", LexicalError.Reason.unterminatedCopyData, 1),
        ("\nCOPY t FROM STDIN", .unterminatedCopyData, 2),
        ("COPY t FROM STDIN; SELECT 1;\n\\.\n", .textAfterCopy, 1),
    ])
    func `COPY without an end of its data is refused`(
        text: String,
        reason: LexicalError.Reason,
        line: Int
    ) throws {
        let error = try #require(throws: LexicalError.self) { try split(text) }
        #expect(error.reason == reason)
        #expect(error.location.line == line)
    }

    @Test func `lines and bytes point at the first token`() throws {
        let text = "-- é\n\n  SELECT 'a\nb';\n/* x\n */ SELECT 2;"
        let statements = try split(text)
        #expect(statements.map(\.line) == [3, 6])
        let bytes = Array(text.utf8)
        #expect(
            statements.map { String(decoding: bytes[$0.range], as: UTF8.self) } == [
                "SELECT 'a\nb'", "SELECT 2",
            ]
        )
    }

    @Test func `comments are told apart by where they stand`() throws {
        let text = """
            -- one
            SELECT 1 -- two
            -- three
            + (2
            -- four
            ); /* five */
            """
        let comments = try StatementSplitter.scan(Array(text.utf8)).comments
        let places = comments.map(\.place)
        let inside = ScriptComment.Place.insideStatement(line: 2)
        #expect(places == [.betweenStatements, inside, inside, .nested(line: 2), .betweenStatements])
        #expect(comments.map(\.startsLine) == [true, false, true, true, false])
        #expect(comments.map(\.line) == [1, 2, 3, 5, 6])
        #expect(comments.map(\.isBlock) == [false, false, false, false, true])
    }

    @Test func `only layout and case are lost in normalized text`() throws {
        let one = try NormalizedText.of(Array("SELECT  Name, 'A b'--x\nFROM /* y */ \"T\" ;".utf8))
        let two = try NormalizedText.of(Array("select name , 'A b' from \"T\"".utf8))
        let three = try NormalizedText.of(Array("select name , 'a b' from \"T\"".utf8))
        #expect(one == two)
        #expect(one != three)
        #expect(String(decoding: one, as: UTF8.self) == "select name , 'A b' from \"T\";\n")
    }
}
