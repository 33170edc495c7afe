import Postgres
import TestSupport
import Testing

/// A migration that drops what a backfill has copied waits until the data says that all was copied.
@Suite(.freshDatabase) struct GateTests {
    private static let fill = """
        -- table: o
        -- where: new IS NULL
        -- verify: SELECT count(*) FROM o WHERE new IS NULL
        UPDATE o SET new = old::integer FROM chunk WHERE o.id = chunk.id
        """

    private static let files = [
        "migrations/1_o.sql": """
        -- migrate:up
        CREATE TABLE o (id integer PRIMARY KEY, old text);
        INSERT INTO o SELECT n, n::text FROM generate_series(1, 100) AS n;
        -- migrate:down
        DROP TABLE o;
        """,
        "migrations/2_new.sql":
            "-- migrate:up\nALTER TABLE o ADD COLUMN new integer;\n-- migrate:down\nALTER TABLE o DROP COLUMN new;",
        "migrations/3_drop_old.sql": "-- migrate:up requires-backfill:fill\nALTER TABLE o DROP COLUMN old;",
        "backfills/fill.sql": fill,
    ]

    private static func text(_ query: SQL) async throws -> String {
        let session = try TestDatabase.current.session()
        let text = try await session.withConnection { try $0.queryOne(query, as: String.self) }
        await session.close()
        return text
    }

    private static func hasOldColumn() async throws -> Bool {
        try await text(
            "SELECT count(*)::text FROM pg_attribute WHERE attrelid = 'o'::regclass AND attname = 'old'"
        ) == "1"
    }

    /// A project whose backfill is verified and whose gated migration is still to come.
    private static func verified(_ changes: [String: String] = [:]) async throws -> Project {
        let project = try Project.onDatabase(files.merging(changes) { $1 })
        expectStatus(11, try await project.caisson("migrate up"))
        expectStatus(0, try await project.caisson("backfill run fill"))
        return project
    }

    @Test(arguments: ["migrate down", "migrate redo"])
    func `what was verified before its column was made again opens nothing`(command: String) async throws {
        let project = try await Self.verified()
        expectStatus(0, try await project.caisson(command))

        let closed = try await project.caisson("migrate up")

        expectStatus(11, closed)
        #expect(try await Self.hasOldColumn())
        #expect(closed.errorOutput.contains("its verify query returned 100 when it was asked just now."))
        #expect(closed.errorOutput.contains("caisson backfill run fill --restart"))
        #expect(!closed.errorOutput.contains("--run-backfills"))
        #expect(try await project.caisson("backfill status fill").output.contains("verify    returned 100"))
        expectStatus(0, try await project.caisson("backfill run fill --restart"))
        expectStatus(0, try await project.caisson("migrate up"))
        #expect(try await !Self.hasOldColumn())
    }

    @Test func `rows that came since keep it shut, and mending them is enough`() async throws {
        let project = try await Self.verified()
        try await Samples.execute("INSERT INTO o VALUES (101, '101')")
        expectStatus(11, try await project.caisson("migrate up"))
        try await Samples.execute("UPDATE o SET new = id WHERE id = 101")
        expectStatus(0, try await project.caisson("migrate up"))
        #expect(try await Self.text("SELECT state FROM caisson.backfill_run") == "verified")
    }

    @Test func `what is to be done again is done in place when its condition finds the rows`() async throws {
        let project = try await Self.verified()
        expectStatus(0, try await project.caisson("migrate down"))
        expectStatus(0, try await project.caisson("migrate up --run-backfills"))
        #expect(try await !Self.hasOldColumn())
        #expect(try await Self.text("SELECT count(*)::text FROM o WHERE new = id") == "100")
    }

    @Test func `without a condition nothing is done a second time unasked`() async throws {
        let whole = Self.fill.replacing("-- where: new IS NULL\n", with: "")
        let project = try await Self.verified(["backfills/fill.sql": whole])
        try await Samples.execute("UPDATE o SET new = NULL WHERE id = 7")
        let closed = try await project.caisson("migrate up --run-backfills")
        expectStatus(11, closed)
        #expect(closed.errorOutput.contains("caisson backfill run fill --restart"))
    }

    @Test func `a database in which nothing is to be done passes, and the journal says so`() async throws {
        let project = try Project.onDatabase(Self.files)
        try project.write(
            "-- migrate:up\nCREATE TABLE o (id integer PRIMARY KEY, old text);",
            to: "migrations/1_o.sql"
        )
        expectStatus(0, try await project.caisson("migrate up"))
        let event =
            "SELECT subject || ' ' || detail::text FROM caisson.event WHERE event = 'backfill.not_needed'"
        #expect(try await Self.text(SQL(unsafe: event)) == #"fill {"run": null, "result": 0}"#)
    }

    @Test func `a backfill that was never run is run because its query counts rows`() async throws {
        let project = try Project.onDatabase(Self.files)
        let closed = try await project.caisson("migrate up")
        expectStatus(11, closed)
        #expect(closed.errorOutput.contains("it was never run here, and its verify query returned 100."))
        #expect(closed.errorOutput.contains("caisson migrate up --run-backfills"))
        expectStatus(0, try await project.caisson("migrate up --run-backfills"))
    }

    @Test func `a query that takes too long keeps it shut until it gets the time`() async throws {
        let slow = Self.fill.replacing("count(*) FROM", with: "count(*) + length(pg_sleep(0.3)::text) FROM")
        let project = try await Self.verified(["backfills/fill.sql": slow])
        let closed = try await project.caisson("migrate up --verify-timeout 100ms")
        expectStatus(11, closed)
        #expect(closed.errorOutput.contains("its verify query took longer than 100ms."))
        #expect(closed.errorOutput.contains("caisson migrate up --verify-timeout"))
        expectStatus(0, try await project.caisson("migrate up --verify-timeout 1min"))
    }

    @Test func `the time limit of the role does not count`() async throws {
        let slow = Self.fill.replacing("count(*) FROM", with: "count(*) + length(pg_sleep(0.3)::text) FROM")
        let project = try await Self.verified(["backfills/fill.sql": slow])
        try await Samples.execute(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET statement_timeout = 100', current_database()); END $$"
        )
        expectStatus(0, try await project.caisson("migrate up"))
    }

    @Test func `a query that writes is not let do it`() async throws {
        let project = try await Self.verified()
        try await Samples.execute("CREATE TABLE asked (at timestamptz)")
        try await Samples.execute(
            "CREATE FUNCTION ask() RETURNS bigint LANGUAGE sql AS 'INSERT INTO asked VALUES (now()); SELECT 0::bigint'"
        )
        try project.write(
            Self.fill.replacing("SELECT count(*) FROM o WHERE new IS NULL", with: "SELECT ask()"),
            to: "backfills/fill.sql"
        )
        let closed = try await project.caisson("migrate up")
        expectStatus(11, closed)
        #expect(closed.errorOutput.contains("its verify query does not work here"))
        #expect(try await Self.text("SELECT count(*)::text FROM asked") == "0")
    }

    @Test func `without its file the query is asked by which it was verified`() async throws {
        let project = try await Self.verified()
        try project.remove("backfills/fill.sql")
        try await Samples.execute("UPDATE o SET new = NULL WHERE id = 7")
        expectStatus(11, try await project.caisson("migrate up"))
        try await Samples.execute("UPDATE o SET new = 7 WHERE id = 7")
        expectStatus(0, try await project.caisson("migrate up"))
    }

    @Test func `a name that nobody knows is told with what may have been meant`() async throws {
        let project = try await Self.verified()
        try project.write(
            "-- migrate:up requires-backfill:fil\nALTER TABLE o DROP COLUMN old;",
            to: "migrations/3_drop_old.sql"
        )
        let closed = try await project.caisson("migrate up")
        expectStatus(11, closed)
        #expect(closed.errorOutput.contains("Did you mean fill?"))
        #expect(closed.errorOutput.contains("--backfills DIR"))
    }

    @Test func `a run that a person has paused is gone on with by the command that is named`() async throws {
        let project = try Project.onDatabase(Self.files)
        expectStatus(11, try await project.caisson("migrate up"))
        try await Samples.execute("CREATE SCHEMA elsewhere")
        try await Samples.execute("ALTER TABLE o ADD CHECK (new < 50)")
        expectStatus(1, try await project.caisson("backfill run fill --chunk-size 10"))
        let failed = try await project.caisson("migrate up")
        #expect(failed.errorOutput.contains("See why: caisson backfill status fill"))
        try await Samples.execute("ALTER TABLE o DROP CONSTRAINT o_new_check")
        expectStatus(0, try await project.caisson("backfill pause fill"))
        let closed = try await project.caisson("migrate up")
        #expect(
            closed.errorOutput.contains(
                "Go on with it: caisson backfill resume fill; then: caisson migrate up"
            )
        )
        expectStatus(0, try await project.caisson("backfill resume fill"))
        expectStatus(0, try await project.caisson("migrate up"))
    }

    @Test func `the query means what it meant when the run began, whatever the file before has set`()
        async throws
    {
        let project = try await Self.verified()
        try await Samples.execute("CREATE SCHEMA elsewhere")
        try await Samples.execute("CREATE TABLE elsewhere.o (new integer)")
        try await Samples.execute("UPDATE o SET new = NULL WHERE id = 7")
        try project.write(
            "-- migrate:up\nSET search_path = elsewhere;\nCREATE TABLE other ();",
            to: "migrations/25_path.sql"
        )
        try project.write(
            "-- migrate:up requires-backfill:fill\nALTER TABLE public.o DROP COLUMN old;",
            to: "migrations/30_drop_old.sql"
        )
        try project.remove("migrations/3_drop_old.sql")
        let closed = try await project.caisson("migrate up")
        expectStatus(11, closed)
        #expect(closed.errorOutput.contains("returned 1 when"))
    }
}
