import Postgres
import TestSupport
import Testing

@testable import Bulk

@Suite(.freshDatabase)
struct FileImportTests {
    static let script = """
        CREATE TABLE city (
            id bigint PRIMARY KEY, name text NOT NULL, population int CHECK (population >= 0), founded date,
            note varchar(10) DEFAULT 'none'
        )
        """
    static let everything: SQL = "SELECT * FROM city ORDER BY id"

    @Test func `a file goes into the table of its header`() throws {
        let connection = try connection(running: Self.script)
        let result = try connection.load(
            "name,id,population\n\"Köln, am \"\"Rhein\"\"\",1,1000\r\n\"tab\there \\N \\. \n日本\",2,\n\"\",3,\"5\"",
            into: "city"
        )
        #expect(result.rowsRead == 3 && result.rowsStored == 3 && result.outcome.inserted == 3)
        #expect(
            try connection.lines(Self.everything) == [
                "1|Köln, am \"Rhein\"|1000|∅|none", "2|tab\there \\N \\. \n日本|∅|∅|none", "3||5|∅|none",
            ]
        )
    }

    @Test func `columns can be mapped, ignored and set for all`() throws {
        let connection = try connection(running: Self.script)
        try connection.load("Geo ID;Name;junk\n7;Rom;x\n", into: "public.city") { load in
            load.csv.delimiter = UInt8(ascii: ";")
            load.mapping = ["Geo ID": "id", "Name": "name"]
            load.ignored = ["junk"]
            load.constants = ["note": "a\tb\\", "founded": "0753-04-21 BC"]
        }
        #expect(try connection.lines(Self.everything) == ["7|Rom|∅|0753-04-21 BC|a\tb\\"])
    }

    @Test func `a file without a header has the columns of the table, or those named`() throws {
        let connection = try connection(running: Self.script)
        try connection.load("1,Rom,2,2024-01-01,x\n", into: "city") { $0.csv.header = .absent }
        try connection.load("Bonn,2\n", into: "city") { load in
            load.csv.header = .absent
            load.columns = ["name", "id"]
        }
        #expect(try connection.lines(Self.everything) == ["1|Rom|2|2024-01-01|x", "2|Bonn|∅|∅|none"])
    }

    @Test(arguments: [
        (NullRule.emptyBareField, "∅|"), (.emptyField, "∅|∅"), (.token("b"), "|"), (.token(""), "∅|"),
    ])
    func `the rule for NULL decides about empty fields`(_ rule: NullRule, _ stored: String) throws {
        let connection = try connection(running: "CREATE TABLE kept (a text, b text)")
        try connection.load("a,b\n,\"\"\n", into: "kept") { $0.null = rule }
        #expect(try connection.lines("SELECT * FROM kept") == [stored])
    }

    @Test func `a token is NULL only without quotes`() throws {
        let connection = try connection(running: "CREATE TABLE kept (a text, b text)")
        try connection.load("a,b\nNULL,\"NULL\"\nNULLX,null\n", into: "kept") { $0.null = .token("NULL") }
        #expect(try connection.lines("SELECT * FROM kept") == ["∅|NULL", "NULLX|null"])
    }

    @Test func `rows that are there can stay, and lines with the same key count once`() throws {
        let connection = try connection(running: Self.script + "; INSERT INTO city VALUES (1, 'Rom', 1)")
        let result = try connection.load("id,name\n2,Bonn\n1,Roma\n3,Köln\n2,Bonn2\n", into: "city") {
            $0.onConflict = .doNothing(key: nil)
        }
        #expect([result.outcome.inserted, result.outcome.unchanged, result.outcome.duplicates] == [2, 1, 1])
        #expect(
            try connection.lines("SELECT id, name FROM city ORDER BY id") == ["1|Rom", "2|Bonn", "3|Köln"]
        )
    }

    @Test func `rows that are there can be updated, the last line of a key wins`() throws {
        let connection = try connection(
            running: Self.script + "; INSERT INTO city VALUES (1, 'Rom', 1), (4, 'Ulm', 4)"
        )
        let text = "id,name,population\n2,Bonn,2\n1,Roma,1\n2,Bonn2,2\n4,Ulm,4\n"
        let result = try connection.load(text, into: "city") { $0.onConflict = .update(key: ["id"]) }
        let outcome = result.outcome
        #expect([outcome.inserted, outcome.updated, outcome.unchanged, outcome.duplicates] == [1, 1, 1, 1])
        #expect(result.rowsRead == 4 && result.rowsStored == 2)
        #expect(
            try connection.lines("SELECT id, name, population FROM city ORDER BY id") == [
                "1|Roma|1", "2|Bonn2|2", "4|Ulm|4",
            ]
        )
    }

    @Test func `identity and generated columns`() throws {
        let connection = try connection(
            running: """
                CREATE TABLE kept (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int, d int GENERATED ALWAYS AS (n * 2) STORED)
                """
        )
        try connection.load("id,n\n5,1\n", into: "kept")
        try connection.load("id,n\n5,2\n6,3\n", into: "kept") { $0.onConflict = .update(key: nil) }
        try connection.load("n\n9\n", into: "kept")
        #expect(try connection.lines("SELECT * FROM kept ORDER BY id") == ["1|9|18", "5|2|4", "6|3|6"])
    }

    @Test func `a trigger may mend a row on its way`() throws {
        let connection = try connection(
            running: """
                CREATE TABLE kept (id int PRIMARY KEY, slug text NOT NULL);
                CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS
                    $$ BEGIN NEW.slug := coalesce(NEW.slug, 's' || NEW.id); RETURN NEW; END $$;
                CREATE TRIGGER fill BEFORE INSERT ON kept FOR EACH ROW EXECUTE FUNCTION fill();
                """
        )
        try connection.load("id,slug\n1,\n", into: "kept")
        try connection.load("id,slug\n1,x\n2,\n", into: "kept") { $0.onConflict = .update(key: nil) }
        #expect(try connection.lines("SELECT * FROM kept ORDER BY id") == ["1|x", "2|s2"])
    }

    @Test func `a child may stand before its parent, however long the file`() throws {
        let connection = try connection(
            running: "CREATE TABLE node (id int PRIMARY KEY, parent int REFERENCES node, t text)"
        )
        let filling = String(repeating: "x", count: 50)
        let rows = (1..<20_000).map { "\($0),20000,\(filling)\n" }.joined()
        let result = try connection.load("id,parent,t\n" + rows + "20000,,root\n", into: "node") {
            $0.pieceSize = 1
        }
        #expect(result.rowsStored == 20_000)
    }

    @Test func `progress is told by bytes and rows, with the plan before`() throws {
        let connection = try connection(running: "CREATE TABLE kept (n int, t text)")
        let text = "n,t\n" + String(repeating: "1,some text to make this longer\n", count: 20_000)
        var events: [ImportEvent] = []
        let result = try withFile(Array(text.utf8)) { source in
            try FileImport(source, into: "kept").run(on: connection) { events.append($0) }
        }
        guard case .started(let plan) = events.first else { throw EventError() }
        #expect(plan.columns.map(\.name) == ["n", "t"] && plan.columns.map(\.type) == ["integer", "text"])
        let progress = events.compactMap { if case .progress(let progress) = $0 { progress } else { nil } }
        #expect(progress.count == 3 && progress.allSatisfy { $0.totalBytes == text.utf8.count })
        #expect(
            progress.last == ImportProgress(bytes: text.utf8.count, totalBytes: text.utf8.count, rows: 20_000)
        )
        #expect(result.bytes == text.utf8.count && result.rowsStored == 20_000)
    }

    struct EventError: Error {}

    @Test func `a preview reads the first rows by the table's types and stores nothing`() throws {
        let connection = try connection(
            running: """
                CREATE TABLE kept (
                    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, price numeric(8,2) NOT NULL,
                    twice numeric GENERATED ALWAYS AS (price * 2) STORED, at timestamptz DEFAULT now(), s serial
                )
                """
        )
        let preview = try withFile(Array("price,x\n1.005,a\n\"2\",b\n3,c\n".utf8)) { source in
            var load = FileImport(source, into: "kept")
            load.ignored = ["x"]
            return try load.preview(rows: 2, on: connection)
        }
        #expect(preview.columns == ["price", "twice"])
        #expect(preview.rows == [["1.01", "2.02"], ["2.00", "4.00"]])
        #expect(
            preview.plan.columns == [
                .init(name: "price", type: "numeric(8,2)", value: .field(0, name: "price"))
            ]
        )
        #expect(preview.plan.filledByServer == ["id", "twice", "at", "s"] && preview.plan.ignored == ["x"])
        #expect(try connection.lines("SELECT count(*) FROM kept") == ["0"])
        #expect(try connection.lines("INSERT INTO kept (price) VALUES (1) RETURNING id, s") == ["1|1"])
    }
}
