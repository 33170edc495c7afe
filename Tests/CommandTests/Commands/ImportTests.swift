import Foundation
import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase) struct ImportTests {
    private static let rows = "number,name\n1,Åre\n2,\"Bad, Ems\"\n3,\n"

    func project(_ csv: String) async throws -> Project {
        try await Samples.execute(
            "CREATE TABLE place (id integer PRIMARY KEY, name text, source text NOT NULL DEFAULT 'hand')"
        )
        return try Project.onDatabase(["places.csv": csv])
    }

    @Test func `a file is loaded, its columns mapped`() async throws {
        let project = try await project(Self.rows)
        let result = try await project.caisson(
            "import places.csv --into place --map number=id --set source=csv --json"
        )
        expectStatus(0, result)
        let last = try #require(try result.jsonLines().last)
        #expect(last["event"] == .string("import.finished"))
        #expect(last["rows_read"] == .number(3) && last["rows_inserted"] == .number(3))
        #expect(try await Samples.count("SELECT count(*) FROM place WHERE source = 'csv'") == 3)
        #expect(try await Samples.count("SELECT count(*) FROM place WHERE name IS NULL") == 1)
    }

    @Test func `standard input is loaded and meets what is there`() async throws {
        let project = try await project("")
        try await Samples.execute("INSERT INTO place VALUES (1, 'old')")
        let arguments = "import - --into place --no-header --columns id,name --delimiter ; --null nix"
        expectStatus(1, try await project.caisson(arguments, input: "1;new\n4;nix\n"))
        let kept = try await project.caisson("\(arguments) --on-conflict nothing", input: "1;new\n4;nix\n")
        expectStatus(0, kept)
        #expect(try await Samples.count("SELECT count(*) FROM place WHERE name = 'old'") == 1)
        #expect(try await Samples.count("SELECT count(*) FROM place WHERE id = 4 AND name IS NULL") == 1)
        let updated = try await project.caisson(
            "\(arguments) --on-conflict update --key id",
            input: "1;new\n"
        )
        expectStatus(0, updated)
        #expect(try await Samples.count("SELECT count(*) FROM place WHERE name = 'new'") == 1)
    }

    @Test func `a dry run shows rows and writes nothing`() async throws {
        let project = try await project(Self.rows)
        let result = try await project.caisson("import places.csv --into place --map number=id --dry-run")
        expectStatus(0, result)
        #expect(result.output.contains("id      integer  field 1, number"))
        #expect(result.output.contains("row 1  id=1  name=Åre"))
        #expect(try await Samples.count("SELECT count(*) FROM place") == 0)
    }

    @Test(arguments: [
        ("number,name\n1,a\n2\n", "--map number=id", "line 3"),
        ("number,nmae\n1,a\n", "--map number=id", "line 1: the columns do not fit the table public.place"),
        ("id,name\nx,a\n", "", "line 2, column id"),
        ("id,name\n1,\"open\n", "", "line 2"),
    ])
    func `a mistake in the file is told with its line, and nothing is stored`(
        _ csv: String,
        _ options: String,
        _ words: String
    ) async throws {
        let project = try await project(csv)
        let result = try await project.caisson("import places.csv --into place \(options)")
        expectStatus(1, result)
        #expect(result.errorOutput.contains(words), "\(result.errorOutput)")
        #expect(try await Samples.count("SELECT count(*) FROM place") == 0)
    }

    @Test func `bytes that are no UTF-8 are told with their line`() async throws {
        let project = try await project("")
        try project.write(Data("id,name\n1,a\n2,".utf8) + Data([0xE9, 0x0A]), to: "places.csv")
        let result = try await project.caisson("import places.csv --into place")
        expectStatus(1, result)
        #expect(result.errorOutput.contains("line 3"))
        #expect(result.errorOutput.contains("0xE9 is not UTF-8"))
    }

    @Test func `a table or a file that is not there is told`() async throws {
        let project = try await project(Self.rows)
        let table = try await project.caisson("import places.csv --into plaze")
        expectStatus(1, table)
        #expect(table.errorOutput.contains("There is no table plaze."))
        let file = try await project.caisson("import place.csv --into place")
        expectStatus(1, file)
        #expect(file.errorOutput.contains("Cannot read place.csv"))
    }
}

extension ImportTests {
    @Test func `rows that are left out give an exit code of their own`() async throws {
        let project = try await project("number,name\n1,a\nx,b\n3,c\n")
        let arguments = "import places.csv --into place --map number=id --json"
        let strict = try await project.caisson(arguments)
        expectStatus(1, strict)
        #expect(strict.output.contains("line 3, column id"))
        let result = try await project.caisson("\(arguments) --max-skipped 1")
        expectStatus(21, result)
        #expect(try result.jsonLines().last?["rows_skipped"] == .number(1))
        #expect(
            try await Samples.count(
                "SELECT count(*) FROM caisson.backfill_skipped WHERE line = 3 AND text = 'x,b'"
            ) == 1
        )
        let listed = try await project.caisson("import places.csv --into place --skipped")
        expectStatus(0, listed)
        #expect(listed.output.contains("line 3 left out: ") && listed.output.contains("    x,b"))
        let again = try await project.caisson("\(arguments) --max-skipped 1")
        expectStatus(21, again)
        #expect(try again.jsonLines().last?["event"] == .string("import.already_done"))
        #expect(try await Samples.count("SELECT count(*) FROM place") == 2)
    }

    @Test func `objects are loaded, and options that contradict each other are refused`() async throws {
        let project = try await project("")
        try project.write("{\"id\":1,\"name\":\"\"}\n{\"id\":2,\"name\":\"b\"}\n", to: "places.txt")
        let arguments = "import places.txt --into place --format ndjson --empty-as-null"
        expectStatus(2, try await project.caisson("\(arguments) --delimiter ;"))
        expectStatus(2, try await project.caisson("\(arguments) --null x"))
        expectStatus(2, try await project.caisson("\(arguments) --single-transaction --max-skipped 1"))
        expectStatus(0, try await project.caisson("\(arguments) --single-transaction"))
        #expect(try await Samples.count("SELECT count(*) FROM place WHERE id = 1 AND name IS NULL") == 1)
    }

    @Test func `a file of another program is loaded by the options that say how it is written`() async throws
    {
        try await Samples.execute("CREATE TABLE place (id integer, name text, price numeric, note text)")
        let project = try Project.onDatabase()
        let text = "report\nID ;Name;PRICE;Note\n1; \"x \\\"\u{E9}\\\"\" ;1.234,5; NA\n2;-;0,5;\n"
        try project.write(Data(text.unicodeScalars.map { UInt8($0.value) }), to: "a.csv")
        let options =
            "--ignore-case --skip-lines 1 --trim --delimiter ; --escape \\ --decimal-comma --encoding LATIN1"
        let result = try await project.caisson(
            "import a.csv --into place \(options) --null NA --null - --max-record-size 1"
        )
        expectStatus(0, result)
        let good =
            "SELECT count(*) FROM place WHERE (id, name, price, note) IN ((1, 'x \"é\"', 1234.5, 'none'), (2, 'none', 0.5, ''))"
        try await Samples.execute(
            "UPDATE place SET name = coalesce(name, 'none'), note = coalesce(note, 'none')"
        )
        #expect(try await Samples.count(SQL(stringLiteral: good)) == 2)
    }

    @Test func `bytes behind a packed file are told as a warning, and the import is good`() async throws {
        let project = try await project("")
        // What gzip wrote of "id,name\n1,a\n", and three bytes more.
        let packed: [UInt8] = [
            0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xCB, 0x4C, 0xD1, 0xC9, 0x4B, 0xCC,
            0x4D, 0xE5, 0x32, 0xD4, 0x49, 0xE4, 0x02, 0x00, 0xD4, 0x54, 0xB9, 0xEE, 0x0C, 0x00, 0x00, 0x00,
        ]
        try project.write(Data(packed + Array("pad".utf8)), to: "a.csv.gz")
        let result = try await project.caisson("import a.csv.gz --into place --json")
        expectStatus(0, result)
        #expect(try result.jsonLines().contains { $0["event"] == .string("import.warning") })
        #expect(try await Samples.count("SELECT count(*) FROM place") == 1)
    }
}
