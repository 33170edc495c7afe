import Foundation
import Postgres
import TestSupport
import Testing

@testable import Bulk

/// Tables that are made for a file.
@Suite(.freshDatabase)
struct CreatedTableTests {
    static let csv = """
        id,Big,price,ok,day,at,seen,"the ""key",doc,zip,note,none
        1,9223372036854775808,1.50,t,2024-02-29,2024-01-01T10:30,2024-01-01 10:30+02,\
        A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11,"{""a"": [1]}",007,x,
        -2,1,1e3,FALSE,0001-01-01,2024-01-01 10:30:00.123456,2024-01-01T10:30:00Z,,[],1,"",

        """
    static let types = """
        "id" bigint,"Big" numeric,"price" numeric,"ok" boolean,"day" date,"at" timestamp without time zone,\
        "seen" timestamp with time zone,"the ""key" uuid,"doc" json,"zip" text,"note" text,"none" text
        """

    /// The columns of a table as the catalog has them.
    private func columns(_ table: String, _ connection: Connection) throws -> String {
        let query = """
            SELECT coalesce(string_agg(quote_ident(attname) || ' ' || format_type(atttypid, atttypmod)
                       || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END, ',' ORDER BY attnum), 'none')
            FROM pg_attribute WHERE attrelid = to_regclass(\(table)) AND attnum > 0
            """ as SQL
        return try connection.queryOne(query, as: String.self)
    }

    @discardableResult
    private func create(
        _ text: String,
        into table: String = "made",
        rows: Int = 10_000,
        on connection: Connection,
        _ change: (inout FileImport) -> Void = { _ in }
    ) throws -> TableCreation {
        try withFile(Array(text.utf8)) { source in
            var load = FileImport(source, into: table)
            change(&load)
            var sample = TableSample()
            sample.rows = rows
            let creation = try load.createTable(sample, on: connection)
            _ = try load.run(on: connection)
            return creation
        }
    }

    @Test func `types come from the values, and each value is the one in the file`() throws {
        let connection = try connection(running: "SET TimeZone = 'UTC'; SET DateStyle = 'SQL, DMY'")
        let creation = try create(Self.csv, on: connection)
        guard case .made(let table) = creation else { throw Failed() }
        #expect(table.sampledRows == 2 && table.isWholeFile)
        let unquoted = ["id", "price", "ok", "day", "at", "seen", "doc", "zip", "note"]
        let types = unquoted.reduce(Self.types) { $0.replacing("\"\($1)\"", with: $1) }
        #expect(try columns("public.made", connection) == types)
        try connection.runScript(
            """
            CREATE TABLE plain (id text, "Big" text, price text, ok text, day text, at text, seen text, "the ""key" text,
                doc text, zip text, note text, none text)
            """
        )
        try connection.load(Self.csv, into: "plain")
        // A value is the same where both are the same when read by the type.
        let same = """
            SELECT count(*) FROM made AS m JOIN plain AS p ON m.id::text = p.id
            WHERE (m."Big", m.price, m.ok, m.day, m.at, m.seen, m."the ""key", m.doc::text, m.zip, m.note, m.none)
                IS NOT DISTINCT FROM (p."Big"::numeric, p.price::numeric, p.ok::boolean, p.day::date, p.at::timestamp,
                p.seen::timestamptz, p."the ""key"::uuid, p.doc, p.zip, p.note, p.none)
            """ as SQL
        #expect(try connection.queryOne(same, as: Int.self) == 2)
        let exact = "SELECT \"Big\", price, doc, zip, note FROM made ORDER BY id DESC" as SQL
        #expect(
            try connection.lines(exact) == [
                "9223372036854775808|1.50|{\"a\": [1]}|007|x", "1|1000|[]|1|",
            ]
        )
    }

    @Test func `NDJSON says itself what a number is`() throws {
        let connection = try connection()
        let text = """
            {"n":1,"s":"1","b":true,"o":{"a": 1},"d":"2024-01-01","x":null,"m":1,"esc":"2024\\u002d01-01"}
            {"n":2.50,"o":[],"s":"2","m":"a"}

            """
        try create(text, on: connection) { $0.format = .ndjson }
        #expect(
            try columns("made", connection)
                == "n numeric,s text,b boolean,o json,d date,x text,m text,esc date"
        )
        #expect(
            try connection.lines("SELECT n, s, b, o, d, x, m, esc FROM made ORDER BY n") == [
                "1|1|t|{\"a\": 1}|2024-01-01|∅|1|2024-01-01", "2.50|2|∅|[]|∅|∅|a|∅",
            ]
        )
    }

    @Test func `the rules of the import are those of the sample`() throws {
        let connection = try connection(
            running: "CREATE SCHEMA \"Other\"; SET search_path = nowhere, \"Other\""
        )
        let text = "report\nA;b;left;n\n NA ; 1.000,5 ;x; 1\nNA; 2 ;y;2\n"
        try create(text, on: connection) { load in
            (load.csv.delimiter, load.csv.linesBefore, load.csv.blanks) = (UInt8(ascii: ";"), 1, .trimmed)
            (load.csv.decimalMark, load.null, load.ignored) = (.comma, .token("NA"), ["left"])
            (load.mapping, load.constants) = (["b": "Price"], ["day": "2024-01-01", "src": "a"])
        }
        #expect(
            try columns("\"Other\".made", connection)
                == "\"A\" text,\"Price\" numeric,n bigint,day date,src text"
        )
        #expect(
            try connection.lines("SELECT * FROM made") == ["∅|1000.5|1|2024-01-01|a", "∅|2|2|2024-01-01|a"]
        )
        try create("1,2\n3,4\n", into: "\"Other\".\"No head\"", on: connection) { load in
            (load.csv.header, load.columns) = (.absent, ["x", "y"])
        }
        #expect(try columns("\"Other\".\"No head\"", connection) == "x bigint,y bigint")
    }

    @Test func `a type with the name of one of the server's is not taken for it`() throws {
        let connection = try connection(
            running:
                "CREATE DOMAIN text AS int; CREATE DOMAIN date AS int; SET search_path = public, pg_catalog"
        )
        try create("a,b\nx,2024-01-01\n", on: connection)
        #expect(try columns("public.made", connection) == "a pg_catalog.text,b pg_catalog.date")
    }

    @Test func `only the sample decides, and a table that is there is taken as it is`() throws {
        let connection = try connection()
        let text = "a,b\n1,1\nx,2\n3,3\n"
        guard case .made(let table) = try create(text, rows: 2, on: connection) else { throw Failed() }
        #expect(table.sampledRows == 2 && !table.isWholeFile)
        #expect(table.columns[0].turn == .init(line: 3, before: .bigint) && table.columns[1].turn == nil)
        let late = try #require(throws: ImportError.self) {
            try create(text, into: "narrow", rows: 1, on: connection)
        }
        #expect(late.description.contains("line 3, column a"), "\(late)")
        let again = try #require(throws: ImportError.self) {
            try create(text, into: "narrow", on: connection)
        }
        #expect(again.description.contains("line 3, column a"), "\(again)")
        try connection.runScript("ALTER TABLE narrow ALTER COLUMN a TYPE text")
        #expect(try create(text, into: "narrow", rows: 1, on: connection) == .found(Identifier("narrow")))
        #expect(try connection.lines("SELECT a FROM narrow") == ["1", "x", "3"])
    }

    @Test func `a dry run makes nothing and shows the rows`() throws {
        let connection = try connection()
        try withFile(Array("a,b\n007,1\n".utf8)) { source in
            let load = FileImport(source, into: "made")
            let guessed = try load.guessTable(on: connection)
            let preview = try load.preview(making: guessed, on: connection)
            #expect(
                preview.rows == [["007", "1"]] && preview.plan.columns.map(\.type) == ["text", "bigint"]
            )
            #expect(guessed.statement.text.hasPrefix("CREATE TABLE \"made\" (\n    \"a\" pg_catalog.text,\n"))
        }
        #expect(try columns("made", connection) == "none")
    }

    static let long = String(repeating: "ö", count: 32)

    @Test(arguments: [
        ("a,\n1,2\n", "the column 2 of the file has no name"), ("a,a\n1,2\n", "called a; rename one"),
        ("a;b\n1;2\n", "--delimiter ';'"), ("\(long),b\n1,2\n", "--map '\(long)=COLUMN'"),
        ("a,b\n\"1,2\n", "line 2"), ("", "is empty"), ("a,b\n1\n", "line 2"), ("a,ctid\n1,2\n", "ctid"),
    ])
    func `what makes no table is told before one is made`(_ text: String, _ words: String) throws {
        let connection = try connection()
        let error = try #require(throws: (any Error).self) { try create(text, on: connection) }
        #expect("\(error)".contains(words), "\(error)")
        #expect(try columns("made", connection) == "none")
    }

    @Test func `options that cannot go with it are told`() throws {
        let connection = try connection()
        func error(_ change: @escaping (inout FileImport) -> Void) throws -> String {
            let error = try #require(throws: TableGuessError.self) {
                try create("a,b\n1,2\n", on: connection, change)
            }
            return "\(error)"
        }
        #expect(try error { $0.csv.header = .absent }.contains("--columns a,b,c"))
        #expect(try error { $0.mapping = ["a": "b"] }.contains("column b gets two values"))
        #expect(try error { $0.constants = ["b": "1"] }.contains("column b gets two values"))
        #expect(try error { $0.mapping = ["c": "d"] }.contains("the file has no column c"))
        #expect(try error { $0.ignored = ["a", "b"] }.contains("--ignore"))
        #expect(try error { $0.onConflict = .doNothing(key: nil) }.contains("--on-conflict"))
        #expect(try error { $0.source = .standardInput }.contains("only once"))
        #expect(try error { $0.table = "nowhere.made" }.contains("3F000"))
        #expect(
            try error { ($0.csv.header, $0.columns) = (.absent, ["a"]) }.contains("has 2 columns and 1")
        )
    }

    @Test func `a line that may be left out decides nothing`() throws {
        let connection = try connection()
        let files = [
            ("a,b\n1,2\nx\n3,4\n", FileImport.Format.csv), ("{\"a\":1}\n{\"b\n{\"a\":2}\n", .ndjson),
        ]
        for (text, format) in files {
            try withFile(Array(text.utf8)) { source in
                var load = FileImport(source, into: "made")
                load.format = format
                var sample = TableSample()
                #expect(throws: ImportError.self) { try load.guessTable(sample, on: connection) }
                sample.passesOver = true
                let table = try load.guessTable(sample, on: connection)
                #expect(table.sampledRows == 2 && table.columns.allSatisfy { $0.type == .bigint })
            }
        }
    }

    private struct Failed: Error {}
}
