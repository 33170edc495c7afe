import Control
import Foundation
import Postgres
import SQLSyntax
import TestSupport
import Testing

@testable import Migrations

@Suite(.freshDatabase) struct MigratorTests {
    private static let two = [
        "1_city.sql": "-- migrate:up\nCREATE TABLE city (id int);\n-- migrate:down\nDROP TABLE city;\n",
        "2_name.sql":
            "-- migrate:up\nALTER TABLE city ADD name text;\n-- migrate:down\nALTER TABLE city DROP name;\n",
    ]

    @Test func `up applies what is pending and records it`() throws {
        let fixture = try MigrationFixture(Self.two)
        #expect(try fixture.states() == ["1 pending", "2 pending"])
        let outcome = try fixture.run()
        #expect(outcome.completed.map(\.step.label) == ["1_city", "2_name"])
        #expect(outcome.end == .done)
        #expect(try fixture.exists("city"))
        let recorded = try fixture.other.query(
            """
            SELECT version, name, kind, state, up_text, down_text, applied_at IS NOT NULL, duration_ms >= 0, tool_version
            FROM caisson.migration ORDER BY version LIMIT 1
            """,
            as: String.self,
            String.self,
            String.self,
            String.self,
            String.self,
            String.self,
            Bool.self,
            Bool.self,
            String.self
        )
        let row = try #require(recorded.first)
        #expect(row.0 == "1" && row.1 == "city" && row.2 == "versioned" && row.3 == "applied")
        #expect(row.4 == "-- migrate:up\nCREATE TABLE city (id int);\n")
        #expect(row.5 == "-- migrate:down\nDROP TABLE city;\n")
        #expect(row.6 && row.7)
        #expect(try fixture.run().completed.isEmpty)
        #expect(try fixture.states() == ["1 applied", "2 applied"])
        #expect(try fixture.migrator().status().allSatisfy { $0.applied?.appliedAt != nil })
    }

    @Test func `the first look takes a snapshot for the ledger, the second one and every run ask again`()
        throws
    {
        let fixture = try MigrationFixture(Self.two)
        let snapshot = try LedgerSnapshot(of: fixture.configuration, on: fixture.other)
        try fixture.run(.up(.steps(1)))
        let directory = try MigrationDirectory(path: fixture.folder.path)
        func migrator() -> Migrator {
            Migrator(directory, on: fixture.connection, snapshot: snapshot)
        }

        let looking = migrator()
        #expect(try looking.status().map(\.state) == [.pending, .pending])
        #expect(try looking.status().map(\.state) == [.applied, .pending])
        let outcome = try migrator().run(.up(.latest))
        #expect(outcome.completed.map(\.step.label) == ["2_name"])
    }

    @Test func `a snapshot of another ledger counts for nothing`() throws {
        let fixture = try MigrationFixture(Self.two)
        try fixture.run()
        var elsewhere = fixture.configuration
        elsewhere.schema = ControlSchema(name: "elsewhere")
        let snapshot = try LedgerSnapshot(of: elsewhere, on: fixture.other)
        let migrator = Migrator(
            try MigrationDirectory(path: fixture.folder.path),
            on: fixture.connection,
            snapshot: snapshot
        )
        #expect(try migrator.status().map(\.state) == [.applied, .applied])
    }

    @Test func `every transition is in the journal`() throws {
        let fixture = try MigrationFixture(Self.two)
        try fixture.run()
        try fixture.run(.down(.latest))
        let events = try fixture.other.query(
            "SELECT event, subject FROM caisson.event ORDER BY id",
            as: String.self,
            String.self
        )
        #expect(events.map(\.0) == ["migration.applied", "migration.applied", "migration.reverted"])
        #expect(events.map(\.1) == ["1_city", "2_name", "2_name"])
    }

    @Test func `steps and versions limit both directions`() throws {
        let fixture = try MigrationFixture(Self.two)
        #expect(try fixture.run(.up(.steps(1))).completed.count == 1)
        #expect(try fixture.states() == ["1 applied", "2 pending"])
        try fixture.run()
        try fixture.run(.down(.version(try #require(MigrationVersion("1")))))
        #expect(try fixture.states() == ["1 applied", "2 pending"])
        try fixture.run(.down(.version(.zero)))
        #expect(try fixture.states() == ["1 pending", "2 pending"])
        #expect(try !fixture.exists("city"))
        #expect(try fixture.run(.down(.latest)).completed.isEmpty)
    }

    @Test func `redo reverts and applies the edited file`() throws {
        let fixture = try MigrationFixture(Self.two)
        try fixture.run()
        try fixture.folder.write(
            "2_name.sql",
            "-- migrate:up\nALTER TABLE city ADD title text;\n-- migrate:down\n"
        )
        #expect(try fixture.states() == ["1 applied", "2 edited"])
        #expect(try fixture.run(.redo(steps: 1)).completed.map(\.step.direction) == [.down, .up])
        #expect(try fixture.states() == ["1 applied", "2 applied"])
        #expect(
            try fixture.text(
                "SELECT string_agg(attname, ' ' ORDER BY attname) FROM pg_attribute WHERE attrelid = 'city'::regclass AND attnum > 0 AND NOT attisdropped"
            ) == "id title"
        )
    }

    @Test func `a plan and a status write nothing`() throws {
        let fixture = try MigrationFixture(Self.two)
        #expect(try fixture.migrator().plan(.up(.latest)).steps.count == 2)
        _ = try fixture.states()
        #expect(try !fixture.exists("caisson.component"))
        #expect(try fixture.text("SELECT count(*)::text FROM pg_namespace WHERE nspname = 'caisson'") == "0")
    }

    @Test func `an edited, a vanished and a late file stop the run before it begins`() throws {
        let fixture = try MigrationFixture(Self.two)
        try fixture.run()
        try fixture.folder.write("1_city.sql", "-- migrate:up\nCREATE TABLE town (id int);\n")
        try fixture.folder.remove("2_name.sql")
        try fixture.folder.write("3_new.sql", "-- migrate:up\nCREATE TABLE later (id int);\n")
        let error = try #require(throws: MigrationPlanError.self) { try fixture.run() }
        #expect(error.description.contains("1_city.sql was edited after it had been applied at 20"))
        #expect(error.description.contains("2_name was applied at"))
        #expect(try !fixture.exists("later"))
    }

    @Test func `a late file is applied only when told`() throws {
        let fixture = try MigrationFixture(["5_five.sql": "-- migrate:up\nCREATE TABLE five ();"])
        try fixture.run()
        try fixture.folder.write("4_four.sql", "-- migrate:up\nCREATE TABLE four ();")
        #expect(throws: MigrationPlanError.self) { try fixture.run() }
        fixture.configuration.late = .run
        #expect(try fixture.run().completed.map(\.step.label) == ["4_four"])
    }

    @Test func `a repeatable file runs again when its text changed`() throws {
        let fixture = try MigrationFixture(Self.two)
        try fixture.folder.write("R__names.sql", "CREATE OR REPLACE VIEW names AS SELECT name FROM city;")
        #expect(try fixture.run().completed.map(\.step.label) == ["1_city", "2_name", "R__names"])
        #expect(try fixture.run().completed.isEmpty)
        try fixture.folder.write(
            "R__names.sql",
            "CREATE OR REPLACE VIEW names AS SELECT name FROM city WHERE id > 0;"
        )
        #expect(try fixture.run().completed.map(\.step.label) == ["R__names"])
        #expect(try fixture.text("SELECT count(*)::text FROM caisson.migration") == "3")
    }

    @Test func `files with a byte order mark and Windows line ends run`() throws {
        let fixture = try MigrationFixture([
            "1_x.sql":
                "\u{FEFF}-- migrate:up\r\nCREATE TABLE x (a text);\r\nCOPY x FROM STDIN;\r\nå\r\n\\.\r\n"
        ])
        try fixture.run()
        #expect(try fixture.text("SELECT a FROM x") == "å")
    }

    @Test func `COPY data in a file is sent`() throws {
        let rows = (1...20_000).map { "\($0)\tcity; number $$ \($0)" }.joined(separator: "\n")
        let fixture = try MigrationFixture([
            "1_x.sql":
                "-- migrate:up\nCREATE TABLE x (a int, b text);\nCOPY x FROM STDIN;\n\(rows)\n\\.\nCREATE INDEX ON x (a);\n"
        ])
        try fixture.run()
        #expect(
            try fixture.text("SELECT count(*) || ' ' || max(b) FILTER (WHERE a = 20000) FROM x")
                == "20000 city; number $$ 20000"
        )
    }

    @Test func `the server agrees with the lexer about a tortured file`() throws {
        let fixture = try MigrationFixture(["1_torture.sql": Self.torture])
        let migration = try #require(fixture.migrator().directory.migrations.first)
        #expect(migration.up.statements.map(\.line) == [4, 5, 8, 9, 15, 20, 27, 32, 35, 37, 40, 41, 44])
        try fixture.run()
        #expect(
            try fixture.text("SELECT string_agg(a, '|' ORDER BY a COLLATE \"C\") FROM t")
                == "1;|ab|it's \\|x|é-- no comment"
        )
        #expect(try fixture.text("SELECT f(2) || f(1) || g()") == "many; one;done;")
    }

    private static let torture = #"""
        -- it's; a "comment" $$ /*
        /* nested /* ; ' */ " */
        -- migrate:up
        CREATE TABLE t (a text);
        INSERT INTO t VALUES ('a'
          -- a comment; inside a continued string
          'b');
        INSERT INTO t VALUES (E'it\'s \\'); -- c:\
        CREATE FUNCTION f(n int) RETURNS text IMMUTABLE
        BEGIN ATOMIC
            SELECT CASE WHEN n > 1 THEN CASE n WHEN 2 THEN 'many; ' ELSE 'more' END ELSE 'one;' END AS end;
        END

        /* ; */ ;
        CREATE FUNCTION g() RETURNS text LANGUAGE plpgsql AS $body$
        BEGIN
            -- migrate:down is not a marker here;
            RETURN $$done;$$;
        END $body$;
        DO $a$ BEGIN
            EXECUTE $b$ SELECT ';' $b$;
            EXECUTE 'SELECT $1' USING 1;
        END $a$


        ;
        CREATE RULE r AS ON DELETE TO t DO ALSO (
            SELECT 1;
            SELECT ';'
        );

        CREATE TABLE "odd;""name" (a$1$b int, "-- migrate:down" int);


        INSERT INTO t VALUES (U&'\00e9-- no comment');

        COPY t (a) FROM STDIN;
        x
        \.
        SELECT a$1$b, B'01', X'1F', N'n', date'2026-01-01', 1.5e-3, -1 FROM "odd;""name";
        SELECT 1 /* ; */ - -- ;
            1, 2 ^ - 1, (array[1, 2])[1], 'x'::text;

        INSERT INTO t VALUES ('1;')
        """#

    @Test func `notices come as events`() throws {
        let fixture = try MigrationFixture(["1_x.sql": "-- migrate:up\nDROP TABLE IF EXISTS nothing;"])
        try fixture.run()
        let notices = fixture.events.compactMap {
            if case .notice(_, let notice) = $0 { notice.message } else { nil }
        }
        #expect(notices.count == 1)
        #expect(notices.first?.contains("nothing") == true)
    }

    @Test(arguments: ["", " transaction:false"])
    func `nothing that a file sets reaches the next one or the ledger`(options: String) throws {
        let fixture = try MigrationFixture([
            "1_x.sql": """
            -- migrate:up\(options)
            CREATE TABLE held (a int);
            SET search_path = '';
            SET lock_timeout = '1h';
            SET ROLE pg_monitor;
            """,
            "2_y.sql": """
            -- migrate:up\(options)
            CREATE TABLE seen AS SELECT current_user::text || ' ' || current_setting('search_path') || ' '
                || current_setting('lock_timeout') AS settings;
            """,
        ])
        try fixture.run()
        let settings = try fixture.text("SELECT settings FROM seen")
        #expect(!settings.contains("pg_monitor"))
        #expect(settings.hasSuffix("\"$user\", public 5s"))
        #expect(try fixture.states() == ["1 applied", "2 applied"])
    }

    @Test func `the lock timeout of a file is its own`() throws {
        let fixture = try MigrationFixture([
            "1_x.sql":
                "-- migrate:up lock-timeout:700ms\nCREATE TABLE seen AS SELECT current_setting('lock_timeout') AS value;"
        ])
        try fixture.run()
        #expect(try fixture.text("SELECT value FROM seen") == "700ms")
    }

    @Test func `a migration waits in front of its backfill`() throws {
        let fixture = try MigrationFixture(Self.two)
        try fixture.folder.write(
            "3_fill.sql",
            "-- migrate:up requires-backfill:fill_names\nCREATE TABLE filled ();"
        )
        var asked: [String] = []
        fixture.hooks.gate = { name, _ in
            asked.append(name)
            return asked.count == 1 ? .closed(reason: "it is running") : .open
        }
        let outcome = try fixture.run()
        #expect(outcome.completed.count == 2)
        guard case .waitingForBackfill(let step, "fill_names", "it is running") = outcome.end else {
            Issue.record("\(outcome.end)")
            return
        }
        #expect(step.label == "3_fill")
        #expect(try !fixture.exists("filled"))
        #expect(try fixture.run().end == .done)
        #expect(try fixture.exists("filled"))
        #expect(asked == ["fill_names", "fill_names"])
    }

    @Test func `without anybody to ask a gate stays closed`() throws {
        let fixture = try MigrationFixture([
            "1_x.sql": "-- migrate:up requires-backfill:x\nCREATE TABLE x ();"
        ])
        let outcome = try fixture.run()
        #expect(outcome.completed.isEmpty)
        #expect(outcome.end != .done)
        #expect(try !fixture.exists("x"))
    }

    @Test func `a run stops between two migrations when asked to`() throws {
        let fixture = try MigrationFixture(Self.two)
        fixture.hooks.shouldStop = { true }
        let outcome = try fixture.run()
        #expect(outcome.completed.map(\.step.label) == ["1_city"])
        #expect(try fixture.states() == ["1 applied", "2 pending"])
    }

    @Test func `the ledger may have another schema`() throws {
        let fixture = try MigrationFixture(Self.two)
        fixture.configuration.schema = .init(name: "My \"tool\"")
        try fixture.run()
        #expect(try fixture.text("SELECT count(*)::text FROM \"My \"\"tool\"\"\".migration") == "2")
        #expect(try fixture.states() == ["1 applied", "2 applied"])
    }
}
