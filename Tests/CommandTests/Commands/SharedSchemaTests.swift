import Foundation
import Postgres
import TestSupport
import Testing

/// The tool's own tables beside those of users, and beside another ledger's.
@Suite(.freshDatabase) struct SharedSchemaTests {
    /// Migrations that make objects of several kinds in a schema, and what is done with them.
    private static func files(_ schema: String) -> [String: String] {
        [
            "migrations/1_item.sql": """
            -- migrate:up
            CREATE TABLE \(schema).item (id integer PRIMARY KEY, label text);
            CREATE SEQUENCE \(schema).ticket;
            CREATE TYPE \(schema).mood AS ENUM ('good');
            """,
            "migrations/2_more.sql": """
            -- migrate:up
            CREATE FUNCTION \(schema).one() RETURNS integer LANGUAGE sql AS 'SELECT 1';
            CREATE VIEW \(schema).seen AS SELECT id FROM \(schema).item;
            CREATE MATERIALIZED VIEW \(schema).kept AS SELECT id FROM \(schema).item;
            """,
            "backfills/label.sql": """
            -- table: \(schema).item
            -- where: label IS NULL
            -- verify: SELECT count(*) FROM \(schema).item WHERE label IS NULL
            UPDATE \(schema).item SET label = 'x' FROM chunk WHERE item.id = chunk.id
            """,
            "items.csv": "id,label\n1,\n2,\n",
        ]
    }

    /// Everything that the tool makes, in a schema.
    private static func work(_ project: Project, _ schema: String) async throws {
        expectStatus(0, try await project.caisson("migrate up --schema \(schema)"))
        expectStatus(
            0,
            try await project.caisson("import items.csv --into \(schema).item --schema \(schema)")
        )
        expectStatus(0, try await project.caisson("backfill run label --schema \(schema)"))
    }

    private static let theirs = [
        "TABLE %.item ", "SEQUENCE %.ticket", "TYPE %.mood", "FUNCTION %.one()", "VIEW %.seen",
    ]

    private static let own = [
        "component", "event", "migration", "migration_statement", "backfill_run", "backfill_range",
        "backfill_skipped",
        "import_run",
    ]

    @Test(arguments: ["public", "ops"])
    func `a shared schema is dumped without our tables and loaded again`(schema: String) async throws {
        let project = try Project.onDatabase(Self.files(schema))
        if schema != "public" { try await Samples.execute("CREATE SCHEMA \(identifier: Identifier(schema))") }
        try await Self.work(project, schema)

        let dumped = try await project.caisson("migrate dump --output - --schema \(schema)")

        expectStatus(0, dumped)
        for object in Self.theirs {
            #expect(dumped.output.contains("CREATE " + object.replacing("%", with: schema)))
        }
        for table in Self.own { #expect(!dumped.output.contains("\(schema).\(table)")) }
        try await withFreshDatabase { _ in
            let fresh = try Project.onDatabase(Self.files(schema))
            let loaded = try await fresh.caisson("migrate load - --schema \(schema)", input: dumped.output)
            expectStatus(0, loaded)
            expectStatus(0, try await fresh.caisson("migrate status --exit-code --schema \(schema)"))
            try await Self.work(fresh, schema)
            #expect(
                try await fresh.caisson("migrate dump --output - --schema \(schema)").output == dumped.output
            )
        }
    }

    @Test(arguments: ["public", "ops"])
    func `files that make tables beside ours are squashed whole`(schema: String) async throws {
        let project = try Project.onDatabase(Self.files(schema))
        let result = try await project.caisson("migrate squash --to 2 --schema \(schema)")
        expectStatus(0, result)
        let text = try String(contentsOfFile: project.folder + "/migrations/2_squashed.sql", encoding: .utf8)
        for object in Self.theirs { #expect(text.contains("CREATE " + object.replacing("%", with: schema))) }
        #expect(!text.contains("\(schema).migration"))
        try await Self.work(project, schema)
    }

    @Test func `a schema with nothing but our tables is no part of a dump`() async throws {
        let project = try Project.onDatabase(Self.files("public"))
        expectStatus(0, try await project.caisson("migrate up --schema ops"))
        expectStatus(0, try await project.caisson("import items.csv --into public.item --schema ops"))
        expectStatus(0, try await project.caisson("backfill run label --schema ops"))
        let dumped = try await project.caisson("migrate dump --output - --schema ops")
        #expect(!dumped.output.contains("ops"))
        try await Samples.execute("CREATE TABLE ops.mine (id integer)")
        let shared = try await project.caisson("migrate dump --output - --schema ops")
        #expect(shared.output.contains("CREATE TABLE ops.mine"))
        #expect(shared.output.components(separatedBy: "ops.").count == 2)
    }

    @Test func `a dump has nothing of another ledger`() async throws {
        let project = try Project.onDatabase([
            "migrations/1_a.sql": "-- migrate:up\nCREATE TABLE a (i int);",
            "other/1_b.sql": "-- migrate:up\nCREATE TABLE b (i int);",
        ])
        expectStatus(0, try await project.caisson("migrate up --schema ledger_a"))
        expectStatus(0, try await project.caisson("migrate up --schema ledger_b --migrations other"))
        let dumped = try await project.caisson("migrate dump --output - --schema ledger_a")
        #expect(!dumped.output.contains("ledger_b"))
        #expect(dumped.output.contains("CREATE TABLE public.b"))
        try await Samples.execute("ALTER TABLE b SET SCHEMA ledger_b")
        let shared = try await project.caisson("migrate dump --output - --schema ledger_a")
        #expect(shared.output.contains("CREATE TABLE ledger_b.b"))
        #expect(!shared.output.contains("ledger_b.migration"))
    }

    @Test func `a table of a user that has one of our names is a user's`() async throws {
        let project = try Project.onDatabase([
            "migrations/1_event.sql": """
            -- migrate:up
            CREATE TABLE event (id integer);
            CREATE TABLE component (name text, version text);
            """
        ])
        expectStatus(0, try await project.caisson("migrate up"))
        let dumped = try await project.caisson("migrate dump --output -")
        #expect(dumped.output.contains("CREATE TABLE public.event"))
        #expect(dumped.output.contains("CREATE TABLE public.component"))
    }

    @Test(arguments: [
        "CREATE TABLE event (id integer)", "CREATE TABLE component (name text, version text)",
        "CREATE TABLE component (version integer)", "CREATE VIEW migration AS SELECT 1 AS one",
    ])
    func `a schema in which one of our names is taken is refused by name`(other: String) async throws {
        let project = try Project.onDatabase(Samples.files)
        try await Samples.execute(SQL(unsafe: other))
        let refused = try await project.caisson("migrate up --schema public")
        expectStatus(1, refused)
        #expect(refused.errorOutput.contains("is not of this tool"))
        #expect(refused.errorOutput.contains("--schema caisson"))
        expectStatus(0, try await project.caisson("migrate up --schema caisson"))
    }

    // MARK: restored

    /// What `pg_dump --schema-only` leaves of our tables.
    private static func empty() async throws {
        try await Samples.execute(
            """
            TRUNCATE caisson.component, caisson.event, caisson.migration, caisson.migration_statement,
                     caisson.backfill_run, caisson.backfill_range, caisson.backfill_skipped, caisson.import_run
            """
        )
    }

    @Test func `tables that were restored without rows are empty ones`() async throws {
        let project = try Project.onDatabase(Self.files("public"))
        expectStatus(0, try await project.caisson("migrate up"))
        expectStatus(0, try await project.caisson("import items.csv --into public.item"))
        expectStatus(0, try await project.caisson("backfill run label"))
        try await Self.empty()
        #expect(try await project.caisson("migrate status").output.contains("2 pending"))

        expectStatus(0, try await project.caisson("migrate baseline 1"))
        try await Samples.execute("DROP FUNCTION one()")
        try await Samples.execute("DROP VIEW seen")
        try await Samples.execute("DROP MATERIALIZED VIEW kept")
        expectStatus(0, try await project.caisson("migrate up"))
        try await Samples.execute("DELETE FROM item")
        expectStatus(0, try await project.caisson("import items.csv --into public.item"))
        expectStatus(0, try await project.caisson("backfill run label"))
        #expect(try await Samples.count("SELECT count(*) FROM item WHERE label = 'x'") == 2)
    }

    @Test func `tables that were restored in part are left alone`() async throws {
        let project = try Project.onDatabase(Samples.files)
        expectStatus(0, try await project.caisson("migrate up --to 1"))
        try await Samples.execute("TRUNCATE caisson.component")
        let refused = try await project.caisson("migrate up")
        expectStatus(1, refused)
        #expect(refused.errorOutput.contains("only a part of them was restored"))
        #expect(try await Samples.count("SELECT count(*) FROM caisson.migration") == 1)
    }
}
