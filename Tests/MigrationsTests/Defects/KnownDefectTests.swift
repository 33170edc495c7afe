import Postgres
import TestSupport
import Testing

@testable import Migrations

/// Defects that other migration tools have, each as a test that names it.
@Suite(.freshDatabase) struct KnownDefectTests {
    // MARK: dbmate

    @Test
    func `dbmate records the version of a file once for each of its up sections, and fails at the second`()
        throws
    {
        let fixture = try MigrationFixture([
            "1_a.sql": """
            -- migrate:up
            CREATE TABLE a ();
            -- migrate:down
            DROP TABLE a;
            -- migrate:up
            CREATE TABLE b ();
            -- migrate:down
            DROP TABLE b;
            """
        ])
        try fixture.run()
        #expect(try fixture.states() == ["1 applied"])
        try fixture.run(.down(.latest))
        #expect(try !fixture.exists("a") && !fixture.exists("b"))
    }

    @Test func `dbmate says that a migration is applied before it knows`() throws {
        let fixture = try MigrationFixture(["1_a.sql": "-- migrate:up\nSELECT 1/0;"])
        #expect(throws: MigrationFailure.self) { try fixture.run() }
        let told = fixture.events.contains { if case .finished = $0 { true } else { false } }
        #expect(!told)
    }

    @Test func `dbmate takes markers inside of strings and bodies for its own`() throws {
        let fixture = try MigrationFixture([
            "1_a.sql": """
            -- migrate:up
            CREATE TABLE a (text text DEFAULT '
            -- migrate:down
            ');
            CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$
            -- the next line is a part of the body
            SELECT 1 -- migrate:down
            $$;
            """
        ])
        // A marker that would be one outside of a quote is data inside of it; in a comment of a body it is no line.
        try fixture.run()
        #expect(try fixture.exists("a"))
        #expect(try fixture.text("SELECT f()::text") == "1")
    }

    @Test func `dbmate puts 9 behind 10`() throws {
        let fixture = try MigrationFixture([
            "9_a.sql": "-- migrate:up\nCREATE TABLE a (x int);",
            "10_b.sql": "-- migrate:up\nALTER TABLE a ADD y int;",
        ])
        try fixture.run()
        #expect(try fixture.states() == ["9 applied", "10 applied"])
    }

    // MARK: golang-migrate

    @Test func `golang-migrate never runs a file that is missing below the current version`() throws {
        let fixture = try MigrationFixture(["2_b.sql": "-- migrate:up\nCREATE TABLE b ();"])
        try fixture.run()
        let late = try MigrationFixture([
            "1_a.sql": "-- migrate:up\nCREATE TABLE a ();", "2_b.sql": "-- migrate:up\nCREATE TABLE b ();",
        ])
        #expect(throws: MigrationPlanError.self) { try late.run() }
        late.configuration.late = .run
        try late.run()
        #expect(try late.exists("a"))
    }

    @Test func `golang-migrate stays dirty after an error whose transaction was rolled back`() throws {
        let broken = try MigrationFixture(["1_a.sql": "-- migrate:up\nCREATE TABLE a ();\nSELECT 1/0;"])
        #expect(throws: MigrationFailure.self) { try broken.run() }
        #expect(try broken.states() == ["1 pending"])
        let mended = try MigrationFixture(["1_a.sql": "-- migrate:up\nCREATE TABLE a ();"])
        try mended.run()
        #expect(try mended.states() == ["1 applied"])
    }

    @Test func `golang-migrate cuts at every semicolon`() throws {
        let fixture = try MigrationFixture([
            "1_a.sql": """
            -- migrate:up transaction:false
            CREATE TABLE a (x text DEFAULT ';');
            CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $body$ BEGIN PERFORM 1; RETURN 2; END; $body$;
            CREATE FUNCTION g() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 3; END;
            """
        ])
        try fixture.run()
        #expect(try fixture.text("SELECT concat(f(), g())") == "23")
    }

    // MARK: goose

    @Test func `goose wants a semicolon behind the last statement`() throws {
        let fixture = try MigrationFixture(["1_a.sql": "-- +goose Up\nCREATE TABLE a ()"])
        try fixture.run()
        #expect(try fixture.exists("a"))
    }

    @Test func `goose does not find its table again when a pg_dump baseline has emptied the path`() throws {
        let fixture = try MigrationFixture([
            "1_a.sql":
                "-- migrate:up\nSELECT pg_catalog.set_config('search_path', '', false);\nCREATE TABLE public.a ();",
            "2_b.sql": "-- migrate:up\nCREATE TABLE b ();",
        ])
        try fixture.run()
        #expect(try fixture.states() == ["1 applied", "2 applied"])
        #expect(try fixture.exists("public.b"))
    }

    // MARK: Flyway, sqitch

    @Test func `Flyway and sqitch write the change and its record in two sessions`() throws {
        let fixture = try MigrationFixture(["1_a.sql": "-- migrate:up\nCREATE TABLE a ();"])
        try fixture.run()
        let isOne = try fixture.text(
            """
            SELECT ((SELECT xmin FROM pg_class WHERE relname = 'a') =
                    (SELECT xmin FROM caisson.migration WHERE version = '1'))::text
            """
        )
        #expect(isOne == "true")
    }

    @Test func `Flyway gives its lock back between two migrations`() throws {
        let fixture = try MigrationFixture([
            "1_a.sql": "-- migrate:up\nCREATE TABLE a ();", "2_b.sql": "-- migrate:up\nCREATE TABLE b ();",
        ])
        var held: [Int] = []
        fixture.onEvent = { [unowned fixture] event in
            if case .finished = event { held.append(try fixture.advisoryLocks()) }
        }
        try fixture.run()
        #expect(held == [1, 1])
    }

    @Test func `Flyway holds its lock in a transaction for which CREATE INDEX CONCURRENTLY waits`() throws {
        let fixture = try MigrationFixture([
            "1_a.sql": "-- migrate:up\nCREATE TABLE a (x int);",
            "2_b.sql": "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY a_x ON a (x);",
        ])
        try fixture.run()
        #expect(
            try fixture.text("SELECT indisvalid::text FROM pg_index WHERE indexrelid = 'a_x'::regclass")
                == "true"
        )
    }

    @Test func `Flyway finds a mix of statements only when half of them have run`() throws {
        let fixture = try MigrationFixture([
            "1_a.sql": "-- migrate:up\nCREATE TABLE a (x int);\nCREATE INDEX CONCURRENTLY a_x ON a (x);"
        ])
        #expect(throws: MigrationPlanError.self) { try fixture.run() }
        #expect(try !fixture.exists("a"))
    }

    // MARK: Atlas, sqlx

    @Test func `Atlas takes a half-applied file that was edited for pending or done, sqlx does not show it`()
        throws
    {
        let text = "-- migrate:up transaction:false\nCREATE TABLE a (x int);\nINSERT INTO b VALUES (1);"
        let broken = try MigrationFixture(["1_a.sql": text])
        #expect(throws: MigrationFailure.self) { try broken.run() }
        #expect(try broken.states() == ["1 partial"])
        let edited = try MigrationFixture(["1_a.sql": text.replacing("x int", with: "x bigint")])
        #expect(throws: MigrationPlanError.self) { try edited.run() }
        try broken.other.execute("CREATE TABLE b (x int)")
        try broken.run()
        #expect(try broken.text("SELECT count(*)::text FROM b") == "1")
        #expect(try broken.states() == ["1 applied"])
    }

    // MARK: tern, diesel

    @Test func `tern wants versions without gaps, and takes two braces for a template`() throws {
        let fixture = try MigrationFixture([
            "3_a.sql": "-- migrate:up\nCREATE TABLE a (x text DEFAULT '{{');",
            "17_b.sql": "-- migrate:up\nCREATE TABLE b (x json DEFAULT '{\"a\":{\"b\":1}}');",
        ])
        try fixture.run()
        #expect(try fixture.states() == ["3 applied", "17 applied"])
    }

    @Test func `diesel runs a file without a transaction when its metadata says nothing of it`() throws {
        let files = [
            "00000000000001_a/up.sql": "CREATE TABLE a ();\nSELECT 1/0;",
            "00000000000001_a/down.sql": "DROP TABLE a;",
            "00000000000001_a/metadata.toml": "# nothing yet\n",
        ]
        let fixture = try MigrationFixture()
        try fixture.folder.writeAll(files)
        #expect(throws: MigrationFailure.self) { try fixture.run() }
        #expect(try !fixture.exists("a"))
    }
}
