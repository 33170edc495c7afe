import Control
import Postgres
import TestSupport
import Testing

@testable import Migrations

@Suite(.freshDatabase) struct BaselineTests {
    private static let files = [
        "1_a.sql": "-- migrate:up\nCREATE TABLE a ();\n-- migrate:down\nDROP TABLE a;",
        "2_b.sql": "-- migrate:up\nCREATE TABLE b ();",
        "3_c.sql": "-- migrate:up\nCREATE TABLE c ();",
        "R__see.sql": "CREATE OR REPLACE VIEW see AS SELECT 1 AS one;",
    ]

    /// A database that somebody has built by hand up to version 2.
    private func built() throws -> MigrationFixture {
        let fixture = try MigrationFixture(Self.files)
        try fixture.other.runScript("CREATE TABLE a (); CREATE TABLE b ()")
        return fixture
    }

    private func version(_ text: String) throws -> MigrationVersion {
        try #require(MigrationVersion(text))
    }

    private func words(_ fixture: MigrationFixture) throws -> [String] {
        try fixture.migrator().status().map { "\($0.identity) \($0.word)" }
    }

    @Test func `what comes up to the version is recorded and not run, the rest runs`() throws {
        let fixture = try built()
        let baseline = try fixture.migrator().baseline(try version("2"))
        #expect(baseline.recorded.map(\.label) == ["1_a", "2_b"])
        #expect(baseline.pending.map(\.label) == ["3_c", "R__see"])
        #expect(try words(fixture) == ["1 baseline", "2 baseline", "3 pending", "R__see pending"])
        #expect(try fixture.advisoryLocks() == 0)
        #expect(try fixture.run().completed.map(\.step.label) == ["3_c", "R__see"])
        #expect(try words(fixture) == ["1 baseline", "2 baseline", "3 applied", "R__see applied"])
        let detail: SQL =
            "SELECT detail ->> 'versions' FROM caisson.event WHERE event = 'migration.baselined'"
        #expect(try fixture.text(detail) == "[\"1\", \"2\"]")
    }

    @Test func `a preview writes nothing, not even the ledger's tables`() throws {
        let fixture = try built()
        #expect(try fixture.migrator().baseline(try version("2"), .preview).recorded.count == 2)
        #expect(try !fixture.exists("caisson.migration"))
    }

    @Test func `rows that agree stay as they are`() throws {
        let fixture = try built()
        _ = try fixture.migrator().baseline(try version("2"))
        try fixture.run()
        try fixture.folder.write("4_d.sql", "-- migrate:up\nCREATE TABLE d ();")
        let again = try fixture.migrator().baseline(try version("4"))
        #expect(again.recorded.map(\.label) == ["4_d"])
        #expect(again.known.count == 3)
        #expect(try words(fixture).prefix(4) == ["1 baseline", "2 baseline", "3 applied", "4 baseline"])
        #expect(try fixture.migrator().baseline(try version("4")).recorded.isEmpty)
    }

    @Test func `a late file counts as applied too`() throws {
        let fixture = try MigrationFixture(Self.files)
        try fixture.folder.remove("2_b.sql")
        try fixture.run()
        try fixture.folder.write("2_b.sql", "-- migrate:up\nCREATE TABLE b ();")
        #expect(try fixture.migrator().baseline(try version("3")).recorded.map(\.label) == ["2_b"])
        #expect(try words(fixture) == ["1 applied", "2 baseline", "3 applied", "R__see applied"])
    }

    @Test func `a version that no file has is refused with the nearest`() throws {
        let fixture = try built()
        let error = try #require(throws: BaselineError.self) {
            try fixture.migrator().baseline(try version("22"))
        }
        #expect(error == .noFile(try version("22"), nearest: ["2"]))
        #expect(error.description.contains("did you mean 2?"))
        let far = try #require(throws: BaselineError.self) {
            try fixture.migrator().baseline(try version("20261101"))
        }
        #expect(far == .noFile(try version("20261101"), nearest: ["3"]))
        #expect(try !fixture.exists("caisson.migration"))
    }

    @Test func `a version before what is applied is refused`() throws {
        let fixture = try MigrationFixture(Self.files)
        try fixture.run()
        #expect(throws: BaselineError.beforeApplied(try version("2"), newest: "3_c")) {
            try fixture.migrator().baseline(try version("2"))
        }
    }

    @Test func `an empty database is at no version`() throws {
        let fixture = try MigrationFixture(Self.files)
        #expect(throws: BaselineError.emptyDatabase(try version("2"))) {
            try fixture.migrator().baseline(try version("2"))
        }
    }

    @Test func `a ledger that contradicts the files is refused and stays as it is`() throws {
        let fixture = try MigrationFixture(Self.files)
        try fixture.run(.up(.version(try version("1"))))
        try fixture.folder.write("1_a.sql", "-- migrate:up\nCREATE TABLE a (x int);")
        let error = try #require(throws: MigrationPlanError.self) {
            try fixture.migrator().baseline(try version("2"))
        }
        #expect(error.description.contains("1_a.sql was edited after it had been applied"))
        #expect(try fixture.text("SELECT string_agg(version, ',') FROM caisson.migration") == "1")
    }

    @Test func `a baselined migration can be reverted with its file`() throws {
        let fixture = try built()
        _ = try fixture.migrator().baseline(try version("1"))
        #expect(try fixture.run(.down(.latest)).completed.map(\.step.label) == ["1_a"])
        #expect(try !fixture.exists("a"))
        try fixture.run(.up(.version(try version("1"))))
        #expect(try words(fixture).first == "1 applied")
    }

    @Test func `a ledger of the former version is read as it is and upgraded by the next writer`() throws {
        let fixture = try MigrationFixture(Self.files)
        try installFormerLedger(fixture)
        #expect(try words(fixture).first == "1 applied")
        #expect(
            try fixture.text("SELECT version::text FROM caisson.component WHERE name = 'migration'") == "1"
        )
        let baseline = try fixture.migrator().baseline(try version("2"))
        #expect(baseline.recorded.map(\.label) == ["2_b"])
        #expect(
            try fixture.text("SELECT version::text FROM caisson.component WHERE name = 'migration'") == "3"
        )
        let methods: SQL = "SELECT string_agg(method, ',' ORDER BY version) FROM caisson.migration"
        #expect(try fixture.text(methods) == "run,baseline")
    }

    /// The tables that the first version of this tool made, with one migration applied.
    private func installFormerLedger(_ fixture: MigrationFixture) throws {
        let former = Component(
            name: "migration",
            scripts: Array(LedgerStatements.component.scripts.prefix(1))
        )
        try ControlSchema().install(former, on: fixture.other)
        let migration = try #require(try fixture.migrator().directory.migrations.first)
        try fixture.other.execute(
            """
            INSERT INTO caisson.migration (version, name, kind, state, checksum, normalized_checksum, up_text, applied_at,
                applied_by, host, tool_version)
            VALUES ('1', 'a', 'versioned', 'applied', \(migration.checksum), \(migration.normalizedChecksum), '', now(),
                'me', 'here', '0.1.0')
            """
        )
        try fixture.other.execute("CREATE TABLE a ()")
    }
}
