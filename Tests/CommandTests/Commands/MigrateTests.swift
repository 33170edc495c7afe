import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase) struct MigrateTests {
    @Test func `up applies, status tells, down reverts`() async throws {
        let project = try Project.onDatabase(Samples.files)
        let before = try await project.caisson("migrate status --json --exit-code")
        expectStatus(10, before)
        #expect(
            try before.jsonLines().map(\.names)
                == Array(
                    repeating: ["applied_at", "event", "method", "name", "state", "version"],
                    count: 2
                )
        )
        expectStatus(0, try await project.caisson("migrate up"))
        let after = try await project.caisson("migrate status --json --exit-code")
        expectStatus(0, after)
        let lines = try after.jsonLines()
        #expect(lines.map { $0["version"]?.text } == ["1", "2"])
        #expect(lines.map { $0["name"]?.text } == ["create_item", "create_note"])
        #expect(lines.allSatisfy { $0["state"] == .string("applied") && $0["applied_at"]?.text != nil })
        let again = try await project.caisson("migrate up")
        #expect(again == ToolResult(ending: .exited(0), output: "Everything is applied.\n"))
        expectStatus(0, try await project.caisson("migrate down --to 0"))
        #expect(try await Samples.count("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0)
    }

    @Test func `events come as JSON lines and end with the sum`() async throws {
        let project = try Project.onDatabase(Samples.files)
        let lines = try await project.caisson("migrate up --json --steps 1").jsonLines()
        #expect(
            lines.map { $0["event"]?.text } == [
                "migration.started", "migration.statement_started", "migration.statement_finished",
                "migration.finished", "migrate.finished",
            ]
        )
        #expect(lines.last?["migrations"] == .number(1))
        let redo = try await project.caisson("migrate redo --json").jsonLines()
        #expect(redo.last?["migrations"] == .number(2))
    }

    @Test func `a dry run shows the statements and writes nothing`() async throws {
        let project = try Project.onDatabase(Samples.files)
        let result = try await project.caisson("migrate up --dry-run --to 1")
        expectStatus(0, result)
        #expect(
            result.output == """
                up  1_create_item  in one transaction
                    migrations/1_create_item.sql
                    line 2  CREATE TABLE item (id integer PRIMARY KEY, name text NOT NULL, label text)
                1 migration would be run. Nothing was changed.

                """
        )
        #expect(try await Samples.count("SELECT count(*) FROM pg_namespace WHERE nspname = 'caisson'") == 0)
    }

    @Test func `the schema of the ledger can have another name`() async throws {
        let project = try Project.onDatabase(Samples.files)
        expectStatus(0, try await project.caisson("migrate up --schema ops"))
        #expect(try await Samples.count("SELECT count(*) FROM ops.migration") == 2)
    }

    @Test func `a quiet run is silent, also when it has something to say`() async throws {
        let project = try Project.onDatabase(Samples.files)
        #expect(try await project.caisson("migrate up --quiet") == ToolResult(ending: .exited(0)))
        #expect(try await project.caisson("migrate status --quiet") == ToolResult(ending: .exited(0)))
        #expect(try await project.caisson("status --quiet --exit-code") == ToolResult(ending: .exited(10)))
    }

    @Test func `SQL that fails is told with file, line, column and a caret, and leaves nothing`() async throws
    {
        let project = try Project.onDatabase(Samples.files)
        try project.write(
            "-- migrate:up\nSELECT 'ééé';\nSELECT 'äöü', oops FROM item;\n",
            to: "migrations/3_bad.sql"
        )
        let result = try await project.caisson("migrate up")
        expectStatus(1, result)
        #expect(result.errorOutput.contains("migrations/3_bad.sql:3:15: column \"oops\" does not exist"))
        #expect(result.errorOutput.contains("SELECT 'äöü', oops FROM item;\n"))
        #expect(result.errorOutput.contains("Nothing was left behind"))
        #expect(result.errorOutput.contains("Correct it, then: caisson migrate up"))
        #expect(try await Samples.count("SELECT count(*) FROM caisson.migration") == 2)
    }

    @Test func `a late migration is refused, or applied when asked`() async throws {
        let project = try Project.onDatabase(Samples.files)
        try project.remove("migrations/1_create_item.sql")
        expectStatus(0, try await project.caisson("migrate up"))
        try project.write(Samples.createItem, to: "migrations/1_create_item.sql")
        let result = try await project.caisson("migrate up")
        expectStatus(13, result)
        #expect(result.errorOutput.contains("migrate up --out-of-order run"))
        expectStatus(0, try await project.caisson("migrate up --out-of-order run"))
    }

    @Test func `an edited migration is refused`() async throws {
        let project = try Project.onDatabase(Samples.files)
        expectStatus(0, try await project.caisson("migrate up"))
        try project.write(
            Samples.createItem.replacing("label", with: "title"),
            to: "migrations/1_create_item.sql"
        )
        let result = try await project.caisson("migrate up")
        expectStatus(13, result)
        #expect(
            result.errorOutput.contains("migrations/1_create_item.sql was edited after it had been applied")
        )
        expectStatus(13, try await project.caisson("migrate status --exit-code"))
        expectStatus(0, try await project.caisson("migrate status"))
    }

    @Test func `a vanished migration is refused`() async throws {
        let project = try Project.onDatabase(Samples.files)
        expectStatus(0, try await project.caisson("migrate up"))
        try project.remove("migrations/2_create_note.sql")
        let result = try await project.caisson("migrate up --json")
        expectStatus(13, result)
        let error = try #require(try result.jsonLines().last)
        #expect(error["code"] == .number(13))
        #expect(error["message"]?.text?.contains("2_create_note was applied") == true)
        let states = try await project.caisson("migrate status --json").jsonLines().map { $0["state"]?.text }
        #expect(states == ["applied", "missing"])
    }

    @Test func `a file outside a transaction that stops half way is gone on with`() async throws {
        let text = """
            -- migrate:up transaction:false
            CREATE TABLE a (id integer);
            CREATE TABLE b (id nonsense);
            CREATE TABLE c (id integer);
            """
        let project = try Project.onDatabase(["migrations/1_many.sql": text])
        let result = try await project.caisson("migrate up")
        expectStatus(16, result)
        #expect(result.errorOutput.contains("1 of 3 statements are done"))
        expectStatus(16, try await project.caisson("migrate status --exit-code"))
        try project.write(text.replacing("nonsense", with: "integer"), to: "migrations/1_many.sql")
        expectStatus(0, try await project.caisson("migrate up"))
    }

    @Test func `a migration waits for its backfill`() async throws {
        let require = """
            -- migrate:up requires-backfill:label_items
            ALTER TABLE item ALTER COLUMN label SET NOT NULL;
            """
        let project = try Project.onDatabase(Samples.files)
        try project.write(require, to: "migrations/3_require_label.sql")
        try project.write(
            "-- migrate:up\nCREATE TABLE note ();\nINSERT INTO item SELECT n, 'Item' FROM generate_series(1, 100) AS n;",
            to: "migrations/2_create_note.sql"
        )
        let waiting = try await project.caisson("migrate up")
        expectStatus(11, waiting)
        #expect(waiting.output.contains("2_create_note"))
        #expect(waiting.errorOutput.contains("waits for the backfill label_items: it was never run here"))
        #expect(waiting.errorOutput.contains("caisson backfill run label_items"))
        expectStatus(0, try await project.caisson("backfill run label_items"))
        expectStatus(0, try await project.caisson("migrate up"))
        expectStatus(0, try await project.caisson("status --exit-code --backfills backfills"))
    }

    @Test func `the backfill that a migration waits for is run in place`() async throws {
        let require = """
            -- migrate:up requires-backfill:label_items
            ALTER TABLE item ALTER COLUMN label SET NOT NULL;
            """
        let project = try Project.onDatabase(Samples.files)
        expectStatus(0, try await project.caisson("migrate up"))
        try await Samples.execute("INSERT INTO item SELECT n, 'Item' FROM generate_series(1, 100) AS n")
        try project.write(require, to: "migrations/3_require_label.sql")
        try project.write("-- migrate:up\nCREATE TABLE last ();", to: "migrations/4_last.sql")
        let waiting = try await project.caisson("migrate up")
        expectStatus(11, waiting)
        #expect(waiting.errorOutput.contains("caisson migrate up --run-backfills"))
        let result = try await project.caisson("migrate up --run-backfills --workers 2")
        expectStatus(0, result)
        #expect(result.output.contains("label_items  verified"))
        #expect(result.output.contains("4_last"))
        #expect(
            try await project.caisson("migrate up --run-backfills").output.contains("Everything is applied")
        )
    }

    @Test func `a gate that its backfill cannot open ends the command`() async throws {
        let project = try Project.onDatabase([
            "migrations/1_item.sql": "-- migrate:up\nCREATE TABLE item (id bigint PRIMARY KEY, label text);",
            "migrations/2_gate.sql": "-- migrate:up requires-backfill:unverified\nCREATE TABLE gate ();",
            "migrations/3_none.sql": "-- migrate:up requires-backfill:missing\nCREATE TABLE none ();",
            "backfills/unverified.sql":
                "-- table: item\nUPDATE item SET label = 'x' FROM chunk WHERE item.id = chunk.id",
        ])
        let closed = try await project.caisson("migrate up --run-backfills")
        expectStatus(11, closed)
        #expect(closed.errorOutput.contains("has no verify query"))
        try project.write("-- migrate:up\nCREATE TABLE gate ();", to: "migrations/2_gate.sql")
        let missing = try await project.caisson("migrate up --run-backfills")
        expectStatus(1, missing)
        #expect(missing.errorOutput.contains("missing"))
    }
}
