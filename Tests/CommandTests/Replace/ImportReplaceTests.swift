import Foundation
import Postgres
import TestSupport
import Testing

/// A table that gets its new rows all at once, by a new table in its place.
@Suite(.freshDatabase) struct ImportReplaceTests {
    private static let rows =
        "id,note\n" + (1...20).map { "\($0),new \($0)\n" }.joined()

    private func project(
        _ script: String,
        _ files: [String: String] = ["f.csv": rows]
    ) async throws -> Project {
        try TestDatabase.current.connection().runScript(script)
        return try Project.onDatabase(files)
    }

    private func leftovers() async throws -> Int {
        try await Samples.count(
            "SELECT count(*) FROM pg_class WHERE relname ~ '^caisson_(new|old)|[(]new[)]'"
        )
    }

    @Test(arguments: ReplacedTable.all)
    func `everything but the rows is as it was, by the word of pg_dump`(_ sample: ReplacedTable) async throws
    {
        let project = try await project(sample.script)
        let before = try await SchemaOfDatabase.dump()
        let arguments = ["import", "f.csv", "--into", sample.table, "--replace"]
        let runner = try ToolRunner(
            environment: ["DATABASE_URL": TestDatabase.current.connectionString],
            workingDirectory: project.folder
        )
        let oid: SQL = "SELECT \(sample.table)::regclass::oid::int8"
        let old = try await Samples.count(oid)
        for _ in 1...2 { expectStatus(0, try await runner.start(arguments).result()) }
        #expect(try await Samples.count(oid) != old)
        #expect(try await SchemaOfDatabase.dump() == before)
        let table: SQL = "\(unsafe: sample.table)"
        #expect(try await Samples.count("SELECT count(*) FROM \(table) WHERE note LIKE 'new %'") == 20)
        #expect(try await Samples.count("SELECT (\(unsafe: sample.check))::int") == 1)
        #expect(try await Samples.count("SELECT reltuples::int FROM pg_class WHERE oid = (\(oid))") == 20)
        #expect(try await leftovers() == 0)
    }

    @Test func `the same file again, and then without the option`() async throws {
        let project = try await project(
            "CREATE TABLE place (id int, note text); INSERT INTO place VALUES (0)"
        )
        let command = "import f.csv --into place"
        for _ in 1...2 {
            let result = try await project.caisson("\(command) --replace --json")
            expectStatus(0, result)
            let lines = try result.jsonLines()
            #expect(lines.first?["table"] == .string("public.place"))
            #expect(lines.contains { $0["event"] == .string("import.replacing") })
            #expect(lines.last?["rows_inserted"] == .number(20))
            #expect(try await Samples.count("SELECT count(*) FROM place") == 20)
        }
        let again = try await project.caisson(command)
        expectStatus(0, again)
        #expect(again.output.contains("nothing to do"))
        let status = try await project.caisson("import status")
        #expect(status.output.contains("place") && !status.output.contains("(new)"), "\(status.output)")
    }

    @Test func `a bad line leaves the table as it is, and the same command goes on`() async throws {
        let many = "id,note\n" + (1...60_000).map { "\($0),new \($0)\n" }.joined()
        let project = try await project(
            "CREATE TABLE place (id int PRIMARY KEY, note text); INSERT INTO place VALUES (0, 'old')",
            ["f.csv": many + "x,bad\n", "other.csv": Self.rows]
        )
        let command = "import f.csv --into place --replace --chunk-size 1"
        let stopped = try await project.caisson(command)
        expectStatus(1, stopped)
        #expect(
            stopped.errorOutput.contains("line 60002") && stopped.errorOutput.contains("it goes on there")
        )
        #expect(try await Samples.count("SELECT count(*) FROM place WHERE note = 'old'") == 1)
        try project.write(many + "60001,good\n", to: "f.csv")
        let done = try await project.caisson("\(command) --json")
        expectStatus(0, done)
        #expect(try done.jsonLines().contains { $0["event"] == .string("import.resumed") })
        #expect(try await Samples.count("SELECT count(*) FROM place") == 60_001)
        // Another file does not go on with rows of the first.
        try project.write(many + "x,bad\n", to: "f.csv")
        expectStatus(1, try await project.caisson(command))
        #expect(try await leftovers() > 0)
        expectStatus(0, try await project.caisson("import other.csv --into place --replace"))
        #expect(try await Samples.count("SELECT count(*) FROM place") == 20)
        #expect(try await leftovers() == 0)
    }

    @Test func `a file that changed since is begun again`() async throws {
        let many = (1...60_000).map { "\($0),new \($0)\n" }.joined()
        let project = try await project(
            "CREATE TABLE place (id int, note text)",
            ["f.csv": "id,note\n" + many + "x,bad\n"]
        )
        let command = "import f.csv --into place --replace --chunk-size 1"
        expectStatus(1, try await project.caisson(command))
        try project.write(Self.rows, to: "f.csv")
        let done = try await project.caisson(command)
        expectStatus(0, done)
        #expect(
            done.output.contains("beginning at the first row again: the file has changed"),
            "\(done.output)"
        )
        #expect(try await Samples.count("SELECT count(*) FROM place") == 20)
    }

    @Test func `rows that are left out, a pipe, one transaction and a new table`() async throws {
        let project = try await project(
            "CREATE TABLE place (id int PRIMARY KEY, note text); INSERT INTO place VALUES (1)",
            ["f.csv": Self.rows + "x,bad\n1,twice\n", "good.csv": Self.rows]
        )
        let skipping = try await project.caisson(
            "import f.csv --into place --replace --max-skipped 5 --rejects r.csv"
        )
        expectStatus(21, skipping)
        #expect(try await Samples.count("SELECT count(*) FROM place") == 20)
        #expect(try project.read("r.csv").contains("x,bad"))
        #expect(try await project.caisson("import f.csv --into place --skipped").output.contains("line 22"))

        for command in ["- --into place", "good.csv --into place --single-transaction"] {
            try await Samples.execute("UPDATE place SET note = 'old'")
            let result = try await project.caisson("import \(command) --replace", input: Self.rows)
            expectStatus(0, result)
            #expect(try await Samples.count("SELECT count(*) FROM place WHERE note <> 'old'") == 20)
        }
        let bad = try await project.caisson("import - --into place --replace", input: "id,note\nx,bad\n")
        expectStatus(1, bad)
        #expect(try await leftovers() == 0)

        for status in ["made", "found"] {
            let result = try await project.caisson("import good.csv --into fresh --create --replace --json")
            expectStatus(0, result)
            #expect(try result.jsonLines().first?["state"] == .string(status))
            #expect(try await Samples.count("SELECT count(*) FROM fresh") == 20)
        }
    }

    @Test(arguments: [
        ("f.csv --truncate", 2, "leave out --truncate"),
        ("f.csv --continue", 2, "leave out --truncate and --continue"),
        ("f.csv f2.csv", 2, "--replace puts the rows of one file"),
        ("f.csv --check", 2, "--check stores nothing"),
        ("f.csv --dry-run", 1, "refers to it"), ("f.csv", 1, "--truncate in place of --replace"),
    ])
    func `what does not go together is refused, and what cannot be carried over is named`(
        _ options: String,
        _ status: Int,
        _ words: String
    ) async throws {
        let project = try await project(
            "CREATE TABLE place (id int, note text); CREATE MATERIALIZED VIEW kept AS SELECT * FROM place",
            ["f.csv": Self.rows, "f2.csv": Self.rows]
        )
        let result = try await project.caisson("import \(options) --into place --replace")
        expectStatus(Int32(status), result)
        #expect(result.errorOutput.contains(words), "\(result.errorOutput)")
        #expect(try await Samples.count("SELECT count(*) FROM place") == 0)
        #expect(try await leftovers() == 0)
    }

    @Test func `who owns the table needs no more than that`() async throws {
        let role = "owner_\(getpid())_\(UUID().uuidString.prefix(4).lowercased())"
        let connection = try TestDatabase.current.connection()
        try connection.runScript(
            """
            CREATE ROLE \(role); GRANT ALL ON SCHEMA public TO \(role);
            DO $$ BEGIN EXECUTE format('GRANT ALL ON DATABASE %I TO \(role)', current_database()); END $$;
            SET ROLE \(role);
            CREATE TABLE place (id int PRIMARY KEY, note text, n int GENERATED ALWAYS AS IDENTITY, s serial, up int REFERENCES place);
            CREATE INDEX place_note ON place (note); CREATE STATISTICS place_s ON id, note FROM place;
            CREATE TABLE child (p int REFERENCES place);
            CREATE VIEW seen AS SELECT id, note FROM place; GRANT SELECT ON seen TO PUBLIC;
            GRANT INSERT (note) ON place TO pg_monitor; COMMENT ON INDEX place_note IS 'i';
            CREATE FUNCTION same() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
            CREATE TRIGGER same BEFORE INSERT ON place FOR EACH ROW EXECUTE FUNCTION same();
            CREATE POLICY p ON place USING (id > 0);
            """
        )
        let before = try await SchemaOfDatabase.dump()
        let url = try TestDatabase.current.connectionString + "&options=-crole%3D\(role)"
        let project = try Project(["f.csv": Self.rows], environment: ["DATABASE_URL": url])
        for _ in 1...2 { expectStatus(0, try await project.caisson("import f.csv --into place --replace")) }
        #expect(try await SchemaOfDatabase.dump() == before)
        #expect(try await Samples.count("SELECT count(*) FROM seen") == 20)
        try connection.runScript("RESET ROLE; DROP OWNED BY \(role); DROP ROLE \(role)")
    }

    @Test func `a dry run shows the rows and changes nothing`() async throws {
        let project = try await project("CREATE TABLE place (id int, note text)")
        let result = try await project.caisson("import f.csv --into place --replace --dry-run")
        expectStatus(0, result)
        #expect(result.output.contains("row 1  id=1  note=new 1"), "\(result.output)")
        #expect(try await leftovers() == 0)
    }
}
