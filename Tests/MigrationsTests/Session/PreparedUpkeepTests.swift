import Postgres
import TestSupport
import Testing

@testable import Migrations

/// What stands behind every file is prepared once, and a file may take it away again.
@Suite(.freshDatabase) struct PreparedUpkeepTests {
    /// Of what the session has prepared, in a file.
    private static let noted = """
        CREATE TABLE noted AS SELECT count(*) FILTER (WHERE from_sql) AS theirs, count(*) FILTER (WHERE NOT from_sql) AS ours
        FROM pg_prepared_statements;
        """

    private static let takesAway = [
        "DEALLOCATE ALL;",
        "DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$;",
        "DO $$ DECLARE own text; BEGIN FOR own IN SELECT name FROM pg_prepared_statements LOOP EXECUTE format('DEALLOCATE %I', own); END LOOP; END $$;",
    ]

    @Test func `the second file finds the statements of the first prepared`() throws {
        let fixture = try MigrationFixture([
            "1_a.sql": "-- migrate:up\nCREATE TABLE a ();", "2_b.sql": "-- migrate:up\n\(Self.noted)",
        ])
        try fixture.run()
        #expect(try fixture.text("SELECT theirs || ' ' || ours FROM noted") == "0 2")
    }

    @Test(arguments: takesAway)
    func `a file that takes them away is run once more, and is applied once`(_ statement: String) throws {
        let fixture = try MigrationFixture([
            "1_a.sql": "-- migrate:up\nCREATE TABLE a (n int);",
            "2_b.sql": "-- migrate:up\nINSERT INTO a VALUES (1);\n\(statement)\nINSERT INTO a VALUES (2);",
            "3_c.sql": "-- migrate:up\nINSERT INTO a VALUES (3);",
        ])
        try fixture.run()
        #expect(try fixture.states() == ["1 applied", "2 applied", "3 applied"])
        #expect(try fixture.text("SELECT string_agg(n::text, ',' ORDER BY n) FROM a") == "1,2,3")
        #expect(try fixture.text("SELECT count(*)::text FROM caisson.event") == "3")
    }

    @Test func `a file outside a transaction takes them away as well`() throws {
        let fixture = try MigrationFixture([
            "1_a.sql": "-- migrate:up\nCREATE TABLE a (n int);",
            "2_b.sql": "-- migrate:up transaction:false\nDISCARD ALL;\nCREATE TABLE b ();",
            "3_c.sql": "-- migrate:up\nINSERT INTO a VALUES (3);",
        ])
        try fixture.run()
        #expect(try fixture.states() == ["1 applied", "2 applied", "3 applied"])
    }

    @Test func `what a file has prepared is not there for the next one`() throws {
        let fixture = try MigrationFixture([
            "1_a.sql": "-- migrate:up\nCREATE TABLE a ();\nPREPARE mine AS SELECT 1;",
            "2_b.sql": "-- migrate:up\n\(Self.noted)",
        ])
        try fixture.run()
        #expect(try fixture.text("SELECT theirs::text FROM noted") == "0")
    }

    @Test func `nothing of it is left in the session of the caller`() throws {
        let fixture = try MigrationFixture(["1_a.sql": "-- migrate:up\nCREATE TABLE a ();"])
        let connection = try TestDatabase.current.connection()
        _ = try Migrator(MigrationDirectory(path: fixture.folder.path), on: connection).run(.up(.latest))
        #expect(try connection.queryOne("SELECT count(*) FROM pg_prepared_statements", as: Int.self) == 0)
    }
}
