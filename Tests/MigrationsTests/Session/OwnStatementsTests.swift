import Postgres
import TestSupport
import Testing

@testable import Migrations

/// What a file, a role or a database sets does not reach what the tool itself writes and asks.
@Suite(.freshDatabase) struct OwnStatementsTests {
    private static let settings = [
        "client_encoding = 'LATIN1'", "standard_conforming_strings = off", "search_path = ''",
        "default_transaction_isolation = 'serializable'", "session_replication_role = replica",
        "datestyle = 'German'",
        "intervalstyle = 'sql_standard'", "row_security = off", "statement_timeout = '20s'",
        "transform_null_equals = on",
        "role = pg_monitor",
    ]

    private static let name = "1_größe.sql"

    private func expectRecorded(_ fixture: MigrationFixture) throws {
        #expect(try fixture.states() == ["1 applied"])
        #expect(try fixture.text("SELECT name FROM caisson.migration") == "größe")
        #expect(try fixture.text("SELECT up_text FROM caisson.migration").contains("-- ß"))
        let events: SQL = "SELECT string_agg(subject, ',') FROM caisson.event"
        #expect(try fixture.text(events) == "1_größe")
        #expect(try fixture.advisoryLocks() == 0)
    }

    @Test(arguments: settings, ["", " transaction:false"])
    func `whatever a file sets, the ledger is as ever`(_ setting: String, _ mode: String) throws {
        let fixture = try MigrationFixture([
            Self.name: "-- migrate:up\(mode)\n-- ß\nCREATE TABLE public.a ();\nSET \(setting);\nSELECT 1;"
        ])
        try fixture.run()
        try expectRecorded(fixture)
        try fixture.folder.write("2_b.sql", "-- migrate:up\nCREATE TABLE b AS SELECT 'ß'::text AS x;")
        try fixture.run()
        #expect(try fixture.text("SELECT x FROM public.b") == "ß")
    }

    @Test(arguments: settings.dropLast(), ["", " transaction:false"])
    func `whatever the database sets, the ledger is as ever`(_ setting: String, _ mode: String) throws {
        let database = Identifier(try TestDatabase.current.name)
        try TestDatabase.current.connection().execute(
            "ALTER DATABASE \(identifier: database) SET \(unsafe: setting)"
        )
        let fixture = try MigrationFixture([
            Self.name:
                "-- migrate:up\(mode)\n-- ß\nCREATE TABLE public.a ();\n-- migrate:down\nDROP TABLE public.a;"
        ])
        try fixture.run()
        try expectRecorded(fixture)
        try fixture.run(.down(.latest))
        #expect(try fixture.text("SELECT count(*)::text FROM caisson.migration_statement") == "0")
    }

    @Test func `a file that makes its session read-only is recorded, and its statements are read-only`()
        throws
    {
        let fixture = try MigrationFixture([
            "1_a.sql": """
            -- migrate:up transaction:false
            CREATE TABLE a ();
            SET default_transaction_read_only = on;
            SELECT 1;
            SET default_transaction_read_only = off;
            CREATE TABLE b ();
            SET default_transaction_read_only = on;
            CREATE TABLE c ();
            """
        ])
        let failure = try #require(throws: MigrationFailure.self) { try fixture.run() }
        #expect(failure.failedStatement?.error.sqlState == .readOnlyTransaction)
        #expect(failure.left == .position(finished: 6, of: 7, uncertain: nil))
        #expect(try fixture.exists("b") && !fixture.exists("c"))
    }

    @Test(arguments: ["", " transaction:false"])
    func `deferred triggers see the session of the file, not ours`(_ mode: String) throws {
        let fixture = try MigrationFixture([
            "1_a.sql": """
            -- migrate:up\(mode)
            CREATE SCHEMA app;
            CREATE TABLE app.note (who text, path text);
            CREATE FUNCTION app.note() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN INSERT INTO app.note VALUES (current_user, current_setting('search_path')); RETURN NULL; END $$;
            CREATE TABLE app.item (id int);
            CREATE CONSTRAINT TRIGGER t AFTER INSERT ON app.item DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION app.note();
            GRANT ALL ON SCHEMA app TO pg_monitor;
            GRANT ALL ON ALL TABLES IN SCHEMA app TO pg_monitor;
            SET search_path = app;
            SET ROLE pg_monitor;
            INSERT INTO item VALUES (1);
            """
        ])
        try fixture.run()
        #expect(try fixture.text("SELECT who || ' ' || path FROM app.note") == "pg_monitor app")
        #expect(try fixture.text("SELECT DISTINCT database_role FROM caisson.event") != "pg_monitor")
    }

    @Test func `a file may reset everything, and may choose its isolation first`() throws {
        let fixture = try MigrationFixture([
            "1_a.sql":
                "-- migrate:up\nSET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\nCREATE TABLE a AS SELECT current_setting('transaction_isolation') AS x;",
            "2_b.sql": "-- migrate:up\nCREATE TABLE b ();\nRESET ALL;\nCREATE TABLE c ();",
        ])
        try fixture.run()
        #expect(try fixture.text("SELECT x FROM a") == "serializable")
        #expect(try fixture.exists("b") && fixture.exists("c"))
        #expect(try fixture.states() == ["1 applied", "2 applied"])
    }

    @Test func `nothing of a file is left in the session of the next`() throws {
        let fixture = try MigrationFixture([
            "1_a.sql": """
            -- migrate:up
            CREATE TEMP TABLE a ();
            PREPARE p AS SELECT 1;
            LISTEN news;
            DECLARE c CURSOR WITH HOLD FOR SELECT 1;
            SET ROLE pg_monitor;
            """,
            "2_b.sql": """
            -- migrate:up
            CREATE TABLE found AS SELECT current_user::text AS who, to_regclass('pg_temp.a')::text AS a,
                (SELECT count(*) FROM pg_prepared_statements) + (SELECT count(*) FROM pg_listening_channels())
                + (SELECT count(*) FROM pg_cursors WHERE is_holdable) AS n;
            """,
        ])
        try fixture.run()
        #expect(
            try fixture.text("SELECT coalesce(a, '') || n || (who <> 'pg_monitor') FROM found") == "0true"
        )
    }
}
