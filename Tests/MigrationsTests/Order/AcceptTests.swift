import Postgres
import TestSupport
import Testing

@testable import Migrations

@Suite(.freshDatabase) struct AcceptTests {
    private func applied() throws -> MigrationFixture {
        let fixture = try MigrationFixture([
            "1_a.sql": "-- migrate:up\nCREATE TABLE a ();",
            "2_b.sql": "-- migrate:up transaction:false\nCREATE TABLE b ();\nVACUUM b;",
        ])
        try fixture.run()
        return fixture
    }

    private func accept(
        _ version: String,
        _ fixture: MigrationFixture,
        missing: Acceptance.MissingFile = .keep
    ) throws -> Acceptance {
        let version = try #require(MigrationVersion(version))
        return try fixture.migrator().accept(version, reason: "it \"was\" mended by hand", missing: missing)
    }

    @Test func `an edited file is accepted with its reason`() throws {
        let fixture = try applied()
        try fixture.folder.write("1_a.sql", "-- migrate:up\nCREATE TABLE a (x int);")
        #expect(try fixture.states() == ["1 edited", "2 applied"])
        #expect(try accept("1", fixture).word == "edited")
        #expect(try fixture.states() == ["1 applied", "2 applied"])
        #expect(try fixture.advisoryLocks() == 0)
        let detail: SQL = "SELECT detail ->> 'reason' FROM caisson.event WHERE event = 'migration.accepted'"
        #expect(try fixture.text(detail) == "it \"was\" mended by hand")
        let text: SQL = "SELECT detail ->> 'up_text' FROM caisson.event WHERE event = 'migration.accepted'"
        #expect(try fixture.text(text) == "-- migrate:up\nCREATE TABLE a ();")
        #expect(try fixture.run().completed.isEmpty)
    }

    @Test(arguments: ["2", "3"])
    func `a renamed file is accepted by either version`(version: String) throws {
        let fixture = try applied()
        try fixture.folder.write("3_c.sql", "-- migrate:up transaction:false\nCREATE TABLE b ();\nVACUUM b;")
        try fixture.folder.remove("2_b.sql")
        #expect(try fixture.states() == ["1 applied", "3 renamed"])
        #expect(try accept(version, fixture).word == "renamed")
        #expect(try fixture.states() == ["1 applied", "3 applied"])
        #expect(
            try fixture.text("SELECT string_agg(DISTINCT version, ',') FROM caisson.migration_statement")
                == "3"
        )
    }

    @Test func `a removed file is accepted and its text kept`() throws {
        let fixture = try applied()
        try fixture.folder.remove("2_b.sql")
        #expect(try accept("2", fixture, missing: .forget).word == "missing")
        #expect(try fixture.states() == ["1 applied"])
        let text: SQL = "SELECT detail ->> 'up_text' FROM caisson.event WHERE event = 'migration.accepted'"
        #expect(try fixture.text(text).contains("VACUUM b"))
    }

    @Test(arguments: ["1_a.sql", "2_b.sql"])
    func `a migration whose file is not here is not forgotten by mistake`(file: String) throws {
        let fixture = try applied()
        try fixture.folder.remove(file)
        let version = String(file.prefix(1))
        let error = try #require(throws: AcceptanceError.self) { try accept(version, fixture) }
        #expect(error.description.contains("caisson migrate accept \(version) --forget --reason TEXT"))
        #expect(try fixture.text("SELECT count(*)::text FROM caisson.migration") == "2")
        #expect(try accept(version, fixture, missing: .forget).change == .forgets)
    }

    @Test func `where there is nothing to accept nothing is changed`() throws {
        let fixture = try applied()
        #expect(throws: AcceptanceError.self) { try accept("1", fixture) }
        let error = try #require(throws: AcceptanceError.self) { try accept("22", fixture) }
        #expect(error.description.contains("did you mean 2?"))
        try fixture.folder.write("0_z.sql", "-- migrate:up\nSELECT 1;")
        let late = try #require(throws: AcceptanceError.self) { try accept("0", fixture) }
        #expect(late.description.contains("--out-of-order run"))
        #expect(
            try fixture.text("SELECT count(*)::text FROM caisson.event WHERE event = 'migration.accepted'")
                == "0"
        )
    }

    @Test func `a failure is kept in the journal`() throws {
        let fixture = try applied()
        try fixture.folder.write("3_c.sql", "-- migrate:up\nSET ROLE pg_monitor;\nSELECT oops;")
        #expect(throws: MigrationFailure.self) { try fixture.run() }
        let error: SQL = "SELECT detail ->> 'error' FROM caisson.event WHERE event = 'migration.failed'"
        #expect(try fixture.text(error).contains("3_c.sql:3:8: column \"oops\" does not exist"))
    }
}
