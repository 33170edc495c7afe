import Postgres
import TestSupport
import Testing

@testable import Migrations

/// Views and functions in repeatable files, on a server.
@Suite(.freshDatabase) struct RepeatableTests {
    private static let files = [
        "1_city.sql":
            "-- migrate:up\nCREATE TABLE city (id int, name text);\nINSERT INTO city VALUES (1, 'Bonn');",
        "R__a_top.sql": "CREATE OR REPLACE VIEW top AS SELECT id, label(name) AS label FROM middle;",
        "R__b_middle.sql": "CREATE OR REPLACE VIEW middle AS SELECT * FROM bottom;",
        "R__c_bottom.sql":
            "DROP VIEW IF EXISTS bottom CASCADE; CREATE VIEW bottom AS SELECT id, name FROM city;",
        "R__d_label.sql":
            "CREATE OR REPLACE FUNCTION label(name text) RETURNS text LANGUAGE sql AS $$ SELECT '<' || name || '>' $$;",
        "R__e_count.sql":
            "CREATE OR REPLACE FUNCTION tops() RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM top $$;",
    ]

    @Test func `a first run makes everything in order`() throws {
        let fixture = try MigrationFixture(Self.files)
        let labels = try fixture.run().completed.map(\.step.label)
        #expect(labels == ["1_city", "R__c_bottom", "R__b_middle", "R__d_label", "R__a_top", "R__e_count"])
        #expect(try fixture.text("SELECT label || tops() FROM top") == "<Bonn>1")
        #expect(try fixture.run().completed.isEmpty)
    }

    private let changed = """
        DROP VIEW IF EXISTS bottom CASCADE;
        CREATE VIEW bottom AS SELECT name || '!' AS name, id FROM city;
        """

    @Test func `a change of the bottom one brings back what its drop took along`() throws {
        let fixture = try MigrationFixture(Self.files)
        try fixture.run()
        try fixture.folder.write("R__c_bottom.sql", changed)
        #expect(try fixture.states().filter { $0.hasSuffix("pending") }.count == 4)
        let labels = try fixture.run().completed.map(\.step.label)
        #expect(labels == ["R__c_bottom", "R__b_middle", "R__a_top", "R__e_count"])
        #expect(try fixture.text("SELECT label || tops() FROM top") == "<Bonn!>1")
        #expect(try fixture.run().completed.isEmpty)
    }

    @Test(arguments: ["R__b_middle", "R__a_top"])
    func `a run that stops behind the drop leaves word of what is missing`(next: String) throws {
        let fixture = try MigrationFixture(Self.files)
        try fixture.run()
        try fixture.folder.write("R__c_bottom.sql", changed)
        var reached = false
        fixture.hooks.shouldStop = { reached }
        fixture.onEvent = { event in
            if case .started(let step) = event, step.label == "R__c_bottom" {
                reached = next == "R__b_middle"
            }
            if case .started(let step) = event, step.label == "R__b_middle" { reached = next == "R__a_top" }
        }
        guard case .stopped(let step) = try fixture.run().end else {
            Issue.record("it did not stop")
            return
        }
        #expect(step.label == next)
        #expect(try fixture.exists("top") == false)
        fixture.hooks.shouldStop = { false }
        #expect(try fixture.run().completed.first?.step.label == next)
        #expect(try fixture.text("SELECT label || tops() FROM top") == "<Bonn!>1")
    }

    @Test func `a file that stops behind its drop outside a transaction still has the others run again`()
        throws
    {
        let fixture = try MigrationFixture(Self.files)
        try fixture.run()
        try fixture.folder.write(
            "R__c_bottom.sql",
            "-- migrate:up transaction:false\n\(changed)\nSELECT 1/0;"
        )
        let failure = try #require(throws: MigrationFailure.self) { try fixture.run() }
        #expect(failure.remaining.map(\.label) == ["R__b_middle", "R__a_top", "R__e_count"])
        try fixture.folder.write("R__c_bottom.sql", "-- migrate:up transaction:false\n\(changed)\nSELECT 1;")
        #expect(try fixture.run().completed.count == 4)
        #expect(try fixture.text("SELECT label FROM top") == "<Bonn!>")
    }

    @Test(arguments: [
        "CREATE OR REPLACE VIEW bottom AS SELECT name, id FROM city;",
        "DROP VIEW bottom; CREATE VIEW bottom AS SELECT name, id FROM city;",
    ])
    func `a view that cannot be replaced is told with the way out`(text: String) throws {
        let fixture = try MigrationFixture(Self.files)
        try fixture.run()
        try fixture.folder.write("R__c_bottom.sql", text)
        let failure = try #require(throws: MigrationFailure.self) { try fixture.run() }
        #expect("\(failure)".contains("DROP … IF EXISTS … CASCADE; (the repeatable files"), "\(failure)")
        #expect(try fixture.exists("top"))
    }

    @Test func `a circle of two files fails with the server's word for it`() throws {
        let fixture = try MigrationFixture([
            "R__a.sql": "CREATE VIEW a AS SELECT * FROM b;", "R__b.sql": "CREATE VIEW b AS SELECT * FROM a;",
        ])
        let failure = try #require(throws: MigrationFailure.self) { try fixture.run() }
        #expect(failure.step.label == "R__a")
        #expect("\(failure)".contains("\"b\" does not exist"))
    }

    @Test func `functions of PL pgSQL that call each other run in a circle`() throws {
        let fixture = try MigrationFixture([
            "R__a.sql":
                "CREATE FUNCTION a(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN CASE WHEN n > 0 THEN b(n - 1) ELSE 0 END; END $$;",
            "R__b.sql":
                "CREATE FUNCTION b(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN CASE WHEN n > 0 THEN a(n - 1) ELSE 1 END; END $$;",
        ])
        #expect(try fixture.run().completed.map(\.step.label) == ["R__a", "R__b"])
        #expect(try fixture.text("SELECT a(3)::text") == "1")
    }

    @Test func `a versioned migration that drops a view has its repeatable file run again`() throws {
        let fixture = try MigrationFixture(Self.files)
        try fixture.run()
        try fixture.folder.write(
            "2_long.sql",
            "-- migrate:up\nDROP VIEW bottom CASCADE;\nALTER TABLE city ALTER id TYPE bigint;"
        )
        let two = try #require(MigrationVersion("2"))
        #expect(
            try fixture.run(.up(.version(two))).completed.map(\.step.label)
                == ["2_long", "R__c_bottom", "R__b_middle", "R__a_top", "R__e_count"]
        )
        #expect(try fixture.text("SELECT pg_typeof(id)::text FROM top") == "bigint")
    }

    @Test func `what a way back has dropped is pending until it is made again`() throws {
        let table =
            "-- migrate:up\nCREATE TABLE city (id int, name text);\n-- migrate:down\nDROP TABLE city CASCADE;"
        let fixture = try MigrationFixture(Self.files.merging(["1_city.sql": table]) { $1 })
        try fixture.run()
        #expect(try fixture.run(.redo(steps: 1)).completed.count == 6)
        #expect(try fixture.exists("top"))
        #expect(try fixture.run().completed.isEmpty)
        try fixture.run(.down(.latest))
        #expect(try fixture.states().filter { $0.hasSuffix("pending") }.count == 5)
        #expect(try fixture.run().completed.count == 5)
        #expect(try fixture.text("SELECT tops()::text") == "0")
        #expect(try fixture.run().completed.isEmpty)
    }
}
