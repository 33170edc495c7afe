import Foundation
import Postgres
import TestSupport
import Testing

/// `--check`: everything that an import would refuse, and nothing stored.
@Suite(.freshDatabase) struct ImportCheckTests {
    private func project(_ files: [String: String]) async throws -> Project {
        try await Samples.execute("CREATE TABLE country (code text PRIMARY KEY)")
        try await Samples.execute("INSERT INTO country VALUES ('de')")
        try await Samples.execute(
            """
            CREATE TABLE place (
                id int PRIMARY KEY, name varchar(5) NOT NULL,
                country text REFERENCES country DEFERRABLE INITIALLY DEFERRED
            )
            """
        )
        try await Samples.execute("INSERT INTO place VALUES (7, 'there', 'de')")
        return try Project.onDatabase(files)
    }

    @Test func `all rows that would be refused are told with their lines`() async throws {
        let rows =
            "id,name,country\n1,a,de\nx,b,de\n3,toolong,de\n4,,de\n5,e,fr\n6,f\n7,g,de\n8,h,de\n8,i,de\n"
        let project = try await project(["a.csv": rows])
        let result = try await project.caisson("import a.csv --into place --check --json")
        expectStatus(21, result)
        let told = try result.jsonLines()
        let lines = told.filter { $0["event"] == .string("import.skipped") }.map { $0["line"] }
        #expect(lines == [3, 4, 5, 6, 7, 8, 10].map { .number($0) }, "\(result.output)")
        let end = try #require(told.last)
        #expect(end["event"] == .string("import.checked"))
        #expect(end["rows_read"] == .number(9) && end["rows_refused"] == .number(7))
        #expect(try await Samples.count("SELECT count(*) FROM place") == 1)
        #expect(try await Samples.count("SELECT count(*) FROM pg_namespace WHERE nspname = 'caisson'") == 0)
        let text = try await project.caisson("import a.csv --into place --check")
        #expect(text.output.contains("line 3 would be refused: "), "\(text.output)")
        #expect(text.output.contains("7 would be refused"))
    }

    @Test func `what a check finds is what an import leaves out`() async throws {
        let rows = (1...1_500).map {
            "\($0 % 1_450),\($0 % 7 == 0 ? "toolong" : "ok"),\($0 % 11 == 0 ? "fr" : "de")\n"
        }
        let project = try await project(["a.csv": "id,name,country\n" + rows.joined()])
        func lines(_ options: String) async throws -> [JSONLine?] {
            let result = try await project.caisson("import a.csv --into place --json \(options)")
            expectStatus(21, result)
            return try result.jsonLines().filter { $0["event"] == .string("import.skipped") }.map {
                $0["line"]
            }
        }
        let found = try await lines("--check --on-conflict nothing")
        #expect(found.count > 300)
        #expect(try await lines("--max-skipped 1500 --on-conflict nothing") == found)
    }

    @Test func `a good file is good, and one that cannot be read is an error`() async throws {
        let project = try await project([
            "a.csv": "id,name,country\n1,a,de\n", "b.csv": "id,name,country\n1,\"a,de\n",
        ])
        let good = try await project.caisson("import a.csv --into place --check")
        expectStatus(0, good)
        #expect(good.output.contains("none would be refused"))
        expectStatus(1, try await project.caisson("import b.csv --into place --check"))
    }

    @Test func `a table that refers to itself is checked as a whole`() async throws {
        let project = try await project(["a.csv": "id,up\n1,2\n2,\n3,9\n", "b.csv": "id,up\n1,2\n2,\n"])
        try await Samples.execute("CREATE TABLE tree (id int PRIMARY KEY, up int REFERENCES tree)")
        expectStatus(0, try await project.caisson("import b.csv --into tree --check"))
        let bad = try await project.caisson("import a.csv --into tree --check")
        expectStatus(1, bad)
        #expect(bad.errorOutput.contains("tree_up_fkey"), "\(bad.errorOutput)")
        #expect(try await Samples.count("SELECT count(*) FROM tree") == 0)
    }

    @Test(arguments: ["--restart", "--truncate", "--create", "--max-skipped 1", "--dry-run", "--skipped"])
    func `what says how to store is no part of a check`(_ option: String) async throws {
        let project = try Project(["a.csv": "id\n1\n"])
        let result = try await project.caisson("import a.csv --into place --check \(option)")
        expectStatus(2, result)
    }
}
