import Foundation
import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase) struct ImportCreateTests {
    private static let rows = "number,name,day\n1,Åre,2024-01-01\n2,\"Bad, Ems\",2024-01-02\n"

    private func exists() async throws -> Bool {
        try await Samples.count("SELECT count(*) FROM pg_class WHERE relname = 'place'") == 1
    }

    @Test func `a table is made, and the same command goes on with it`() async throws {
        let project = try Project.onDatabase(["places.csv": Self.rows])
        let command = "import places.csv --into place --create --json"
        let first = try await project.caisson(command)
        expectStatus(0, first)
        let made = try #require(try first.jsonLines().first)
        #expect(made["event"] == .string("import.table") && made["state"] == .string("made"))
        #expect(try first.jsonLines().last?["rows_inserted"] == .number(2))
        #expect(
            try await Samples.count("SELECT count(*) FROM place WHERE number + 1 > 0 AND day < 'infinity'")
                == 2
        )
        let again = try await project.caisson(command)
        expectStatus(0, again)
        #expect(try again.jsonLines().first?["state"] == .string("found"))
        #expect(try await Samples.count("SELECT count(*) FROM place") == 2)
    }

    @Test func `a dry run prints the statement and makes nothing`() async throws {
        let project = try Project.onDatabase(["places.csv": Self.rows + "x,y,z\n"])
        let command = "import places.csv --into place --create --dry-run"
        let text = try await project.caisson(command)
        expectStatus(0, text)
        for words in [
            "CREATE TABLE \"place\" (", "    \"number\" pg_catalog.text,", "number is text because of line 4",
            "row 1  number=1  name=Åre",
        ] { #expect(text.output.contains(words), "\(words) in \(text.output)") }
        let lines = try await project.caisson("\(command) --sample-rows 2 --json").jsonLines()
        #expect(lines.first?["state"] == .string("dry_run"))
        #expect(
            lines.first?["statement"]
                == .string(
                    "CREATE TABLE \"place\" (\n    \"number\" bigint,\n    \"name\" pg_catalog.text,\n    \"day\" pg_catalog.date\n)"
                )
        )
        // The third row is among those that are shown, and would be refused.
        #expect(lines.last?["event"] == .string("error"))
        #expect(try await !exists())
    }

    @Test func `a row behind the sample is told with the way out, which works`() async throws {
        let project = try Project.onDatabase(["places.csv": Self.rows + "x,y,2024-01-01\n"])
        let command = "import places.csv --into place --create --sample-rows 2"
        let result = try await project.caisson(command)
        expectStatus(1, result)
        let way = "ALTER TABLE \"place\" ALTER COLUMN \"number\" TYPE text"
        for words in ["line 4, column number", way, "--sample-rows"] {
            #expect(result.errorOutput.contains(words), "\(words) in \(result.errorOutput)")
        }
        try await Samples.execute(SQL(unsafe: way))
        expectStatus(0, try await project.caisson(command))
        #expect(try await Samples.count("SELECT count(*) FROM place") == 3)
    }

    @Test(arguments: [
        "import - --into place --create", "import places.csv --into place --create --sample-rows 0",
        "import places.csv --into place --sample-rows 5", "import places.csv --into place --create --skipped",
    ])
    func `what cannot be is a mistake in the arguments`(_ command: String) async throws {
        let project = try Project.onDatabase(["places.csv": Self.rows])
        expectStatus(2, try await project.caisson(command, input: Self.rows))
        #expect(try await !exists())
    }
}
