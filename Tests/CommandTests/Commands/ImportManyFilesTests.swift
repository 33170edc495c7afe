import Foundation
import Postgres
import TestSupport
import Testing

/// Several files in one command, and a table that is emptied for one.
@Suite(.freshDatabase) struct ImportManyFilesTests {
    private func project(_ files: [String: String]) async throws -> Project {
        try await Samples.execute("CREATE TABLE place (id int, name text)")
        return try Project.onDatabase(files)
    }

    @Test func `files and patterns are imported in their order, each once`() async throws {
        let project = try await project([
            "z.csv": "id,name\n1,z\n", "data/b.csv": "name,id\nb,3\n", "data/a.csv": "id,name\n2,a\n",
            "c.ndjson": "{\"id\":4}\n",
        ])
        let command = "import z.csv data/*.csv ./data/b.csv c.ndjson --into place"
        let result = try await project.caisson(command)
        expectStatus(0, result)
        #expect(result.output.contains("1 of 4") && result.output.contains("4 of 4"), "\(result.output)")
        #expect(
            try await Samples.count(
                "SELECT count(*) FROM place WHERE id = (SELECT count(*) FROM place p WHERE p.ctid <= place.ctid)"
            ) == 4
        )
        let again = try await project.caisson(command)
        expectStatus(0, again)
        #expect(again.output.components(separatedBy: "nothing to do").count == 5)
        #expect(try await Samples.count("SELECT count(*) FROM place") == 4)
    }

    @Test func `the same command goes on with the file that stopped`() async throws {
        let project = try await project([
            "a.csv": "id,name\n1,a\n", "b.csv": "id,name\nx,b\n", "c.csv": "id,name\n3,c\n",
        ])
        let stopped = try await project.caisson("import a.csv b.csv c.csv --into place")
        expectStatus(1, stopped)
        #expect(stopped.errorOutput.contains("b.csv, line 2"))
        #expect(try await Samples.count("SELECT count(*) FROM place") == 1)
        try project.write("id,name\n2,b\n", to: "b.csv")
        expectStatus(0, try await project.caisson("import a.csv b.csv c.csv --into place"))
        #expect(try await Samples.count("SELECT count(*) FROM place") == 3)
    }

    @Test(arguments: [
        ("nothing/*.csv", 1, "No file fits the pattern nothing/*.csv"),
        ("a.csv -", 2, "Standard input is imported alone"),
        ("a.csv b.csv --truncate", 2, "--truncate empties the table for one file"),
        ("a.csv b.csv --max-skipped 1 --rejects r.csv", 2, "--rejects is for the rows of one file"),
    ])
    func `what cannot be done with them is told`(
        _ words: String,
        _ status: Int32,
        _ told: String
    ) async throws {
        let project = try await project(["a.csv": "id\n1\n", "b.csv": "id\n2\n"])
        let result = try await project.caisson("import \(words) --into place")
        expectStatus(status, result)
        #expect(result.errorOutput.contains(told), "\(result.errorOutput)")
        #expect(try await Samples.count("SELECT count(*) FROM place") == 0)
    }

    @Test(arguments: ["", " --single-transaction", " --on-conflict update --key id"])
    func `a table is emptied with the first rows of the file, or not at all`(_ options: String) async throws {
        let project = try await project(["a.csv": "id,name\n1,a\n2,b\n", "bad.csv": "id,name\n1,a\nx,b\n"])
        if !options.isEmpty { try await Samples.execute("ALTER TABLE place ADD UNIQUE (id)") }
        try await Samples.execute("INSERT INTO place VALUES (1, 'old'), (9, 'old')")
        expectStatus(1, try await project.caisson("import bad.csv --into place --truncate\(options)"))
        #expect(try await Samples.count("SELECT count(*) FROM place WHERE name = 'old'") == 2)
        expectStatus(0, try await project.caisson("import a.csv --into place --truncate\(options)"))
        #expect(try await Samples.count("SELECT count(*) FROM place WHERE name <> 'old'") == 2)
        #expect(try await Samples.count("SELECT count(*) FROM place") == 2)
        // Rows that came since are gone again, though the file is the same.
        try await Samples.execute("INSERT INTO place VALUES (10, 'new')")
        expectStatus(0, try await project.caisson("import a.csv --into place --truncate\(options)"))
        #expect(try await Samples.count("SELECT count(*) FROM place") == 2)
    }

    @Test func `a table is emptied once, though its import stops and goes on`() async throws {
        let rows = (1...60_000).map { "\($0 == 50_000 ? "x" : "\($0)"),some longer name\n" }.joined()
        let project = try await project(["a.csv": "id,name\n" + rows])
        try await Samples.execute("INSERT INTO place VALUES (1, 'old')")
        let command = "import a.csv --into place --truncate --chunk-size 256"
        expectStatus(1, try await project.caisson(command))
        let kept = try await Samples.count("SELECT count(*) FROM place")
        #expect(kept > 0 && kept < 50_000)
        try project.write("id,name\n" + rows.replacing("x,", with: "0,"), to: "a.csv")
        expectStatus(0, try await project.caisson(command))
        #expect(try await Samples.count("SELECT count(*) FROM place") == 60_000)
    }

    @Test func `rows that are left out of an emptied table are those that it would refuse when empty`()
        async throws
    {
        let project = try await project(["a.csv": "id,name\n1,a\n2,b\nx,c\n2,d\n4,e\n"])
        try await Samples.execute("ALTER TABLE place ADD PRIMARY KEY (id)")
        try await Samples.execute("INSERT INTO place VALUES (1, 'old'), (4, 'old')")
        let result = try await project.caisson("import a.csv --into place --truncate --max-skipped 5")
        expectStatus(21, result)
        #expect(try await Samples.count("SELECT count(*) FROM place WHERE name IN ('a', 'b', 'e')") == 3)
        #expect(try await Samples.count("SELECT count(*) FROM place") == 3)
    }
}
