import Postgres
import TestSupport
import Testing

@testable import Migrations

@Suite(.freshDatabase) struct SessionResumeTests {
    private static func file(_ statements: [String]) -> String {
        (["-- migrate:up transaction:false"] + statements.map { $0 + ";" }).joined(separator: "\n")
    }

    /// A file that stops behind its first statements as long as the table `gate` is empty.
    private func fixture(_ first: [String], then rest: [String]) throws -> MigrationFixture {
        let fixture = try MigrationFixture([
            "1_a.sql": Self.file(first + ["SELECT 1 / count(*) FROM public.gate"] + rest)
        ])
        try fixture.other.runScript("CREATE TABLE gate (ok int); CREATE SCHEMA app")
        return fixture
    }

    private func stopped(_ fixture: MigrationFixture) throws -> MigrationFailure {
        try #require(throws: MigrationFailure.self) { try fixture.run() }
    }

    /// Another process goes on.
    private func next(_ fixture: MigrationFixture) throws -> MigrationFixture {
        let next = try MigrationFixture()
        for migration in try MigrationDirectory(path: fixture.folder.path).migrations {
            try next.folder.write("1_a.sql", migration.up.text)
        }
        return next
    }

    @Test(arguments: [
        ["SELECT set_config('search_path', 'app, public', false)"],
        ["DO $$ BEGIN PERFORM set_config('search_path', 'app', false); END $$"],
        ["SET search_path = public", "SET search_path = app", "SET LOCAL search_path = public"],
        ["BEGIN", "SET search_path = app", "SET LOCAL search_path = public", "COMMIT"],
        [
            "CREATE FUNCTION public.go() RETURNS void LANGUAGE sql AS 'SELECT set_config(''search_path'', ''app'', false)'",
            "SELECT public.go()",
        ],
    ])
    func `a resumed file sees the settings that an uninterrupted run would have`(_ first: [String]) throws {
        let fixture = try fixture(first, then: ["CREATE TABLE two ()"])
        #expect(
            try stopped(fixture).left == .position(finished: first.count, of: first.count + 2, uncertain: nil)
        )
        try fixture.other.execute("INSERT INTO gate VALUES (1)")
        try next(fixture).run()
        #expect(try fixture.exists("app.two"))
    }

    @Test(arguments: [
        ["SET search_path = app", "RESET search_path"], ["SET search_path = app", "RESET ALL"],
        ["SET search_path = app", "DISCARD ALL"],
        ["SELECT set_config('search_path', 'app', true)"],
        ["BEGIN", "SET search_path = app", "ROLLBACK"],
    ])
    func `what was taken back is not made again`(_ first: [String]) throws {
        let fixture = try fixture(first, then: ["CREATE TABLE two ()"])
        #expect(
            try stopped(fixture).left == .position(finished: first.count, of: first.count + 2, uncertain: nil)
        )
        try fixture.other.execute("INSERT INTO gate VALUES (1)")
        try next(fixture).run()
        #expect(try fixture.exists("public.two"))
    }

    @Test func `roles and settings that the server does not list are put back`() throws {
        let fixture = try fixture(
            [
                "SET ROLE pg_monitor", "SELECT set_config('app.tenant', 'Ünal', false)",
                "SET plpgsql.check_asserts = off",
            ],
            then: [
                "CREATE TABLE two AS SELECT current_user::text || current_setting('app.tenant') || current_setting('plpgsql.check_asserts') AS x"
            ]
        )
        try fixture.other.runScript(
            "GRANT CREATE ON SCHEMA public TO pg_monitor; GRANT SELECT ON gate TO pg_monitor"
        )
        _ = try stopped(fixture)
        try fixture.other.execute("INSERT INTO gate VALUES (1)")
        try next(fixture).run()
        #expect(try fixture.text("SELECT x FROM two") == "pg_monitorÜnaloff")
    }

    @Test(arguments: [
        ("CREATE TEMP TABLE t ()", "the temporary table t"),
        (
            "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "the temporary function pg_temp"
        ),
        ("PREPARE p AS SELECT 1", "the prepared statement p"),
        ("LISTEN news", "LISTEN news"),
        ("DECLARE c CURSOR WITH HOLD FOR SELECT 1", "the cursor c"),
        ("SELECT pg_advisory_lock(17)", "the advisory lock 0, 17"),
    ])
    func `what only the lost session had is told, and nothing is run`(_ first: String, _ lost: String) throws
    {
        let fixture = try fixture([first], then: ["CREATE TABLE two ()"])
        _ = try stopped(fixture)
        try fixture.other.execute("INSERT INTO gate VALUES (1)")
        let next = try next(fixture)
        let failure = try stopped(next)
        guard case .sessionNotRestorable(_, 3, let found) = failure.reason else { throw failure }
        #expect(found.count == 1 && found[0].hasPrefix(lost), "\(found)")
        #expect(failure.left == .position(finished: 1, of: 3, uncertain: nil))
        #expect(failure.description.contains("Move the statements from line 3 on into a new migration"))
        #expect(try !fixture.exists("two"))
        // The advice works.
        try next.folder.write("1_a.sql", Self.file([first]))
        try next.folder.write("2_b.sql", "-- migrate:up\nCREATE TABLE two ();")
        #expect(try next.run().completed.map(\.step.label) == ["1_a", "2_b"])
    }

    @Test func `what the file gives a new session is told unless it was undone, or overridden`() throws {
        let database = Identifier(try TestDatabase.current.name)
        let alter = "ALTER DATABASE \(database.quoted) SET search_path = app"
        let fixture = try fixture([alter], then: ["CREATE TABLE two ()"])
        _ = try stopped(fixture)
        try fixture.other.execute("INSERT INTO gate VALUES (1)")
        guard case .sessionNotRestorable(_, _, let found) = try stopped(next(fixture)).reason else {
            Issue.record("it was run")
            return
        }
        #expect(found[0].contains("search_path"))
        try fixture.other.execute("ALTER DATABASE \(identifier: database) RESET search_path")
        try next(fixture).run()
        #expect(try fixture.exists("public.two"))
    }

    @Test func `an operator may change what a session begins with`() throws {
        let fixture = try fixture(["CREATE TABLE one ()"], then: ["CREATE TABLE two ()"])
        _ = try stopped(fixture)
        try fixture.other.execute("INSERT INTO gate VALUES (1)")
        let database = Identifier(try TestDatabase.current.name)
        try fixture.other.execute("ALTER DATABASE \(identifier: database) SET search_path = app")
        let next = try next(fixture)
        next.configuration.lockTimeout = .seconds(7)
        try next.run()
        #expect(try fixture.exists("app.two"))
    }

    @Test func `a look at the session that was not certain is no reason to go on`() throws {
        let fixture = try fixture(
            ["SELECT set_config('search_path', 'app', true)"],
            then: ["CREATE TABLE two ()"]
        )
        _ = try stopped(fixture)
        // As a connection leaves it that breaks between the statement's COMMIT and the look behind it.
        try fixture.other.runScript(
            """
            INSERT INTO gate VALUES (1);
            UPDATE caisson.migration_statement SET session = jsonb_set(session, '{certain}', 'false') WHERE ordinal = 1
            """
        )
        let failure = try stopped(next(fixture))
        guard case .sessionNotRestorable = failure.reason else { throw failure }
        #expect(try !fixture.exists("two"))
    }

    @Test func `a half-applied file of a ledger without sessions is not gone on with blindly`() throws {
        let fixture = try fixture(["SET search_path = app"], then: ["CREATE TABLE two ()"])
        _ = try stopped(fixture)
        try fixture.other.runScript(
            """
            INSERT INTO gate VALUES (1);
            ALTER TABLE caisson.migration_statement DROP COLUMN session;
            UPDATE caisson.component SET version = 2 WHERE name = 'migration'
            """
        )
        let failure = try stopped(next(fixture))
        guard case .sessionNotRestorable = failure.reason else { throw failure }
        #expect(try !fixture.exists("two") && !fixture.exists("app.two"))
    }
}
