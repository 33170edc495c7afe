import Postgres
import TestSupport
import Testing

@testable import Migrations

@Suite(.freshDatabase) struct DumpTests {
    private func dump(
        _ fixture: MigrationFixture,
        of database: TestDatabase? = nil
    ) async throws -> SchemaDump {
        let database = try database ?? TestDatabase.current
        let output = try await ClientPrograms.output(.schema, of: try database.options)
        return try SchemaDump(path: "schema.sql", pgDump: output, try fixture.migrator().ledgerContents())
    }

    private func history() throws -> MigrationFixture {
        let fixture = try MigrationFixture()
        var files = HistoryWriter(layout: .native).files
        files["R__busy.sql"] = "CREATE OR REPLACE VIEW public.busy AS SELECT id FROM public.city;"
        try fixture.folder.writeAll(files)
        return fixture
    }

    @Test func `the same schema gives the same bytes, twice, in another database, and after a load`()
        async throws
    {
        let fixture = try history()
        try fixture.run()
        let first = try await dump(fixture)
        #expect(try await dump(fixture) == first)
        #expect(first.ledger.count == SampleHistory.steps.count + 1)
        let text = first.source.text(0..<first.source.bytes.count)
        #expect(!text.contains("restrict "))
        #expect(!text.contains("15."))
        #expect(!text.contains("\nSET lock_timeout") && !text.contains("OWNER TO"))
        #expect(!text.contains("caisson."))
        let second = try await withFreshDatabase { database in
            let other = try history()
            try other.run()
            return try await dump(other, of: database)
        }
        #expect(second == first)
        let reread = try SchemaDump(path: "schema.sql", bytes: first.source.bytes)
        #expect(reread == first)
        try await withFreshDatabase { database in
            let loaded = try history()
            let outcome = try loaded.migrator().load(first)
            #expect(outcome.applied.count == SampleHistory.steps.count + 1)
            #expect(try await dump(loaded, of: database) == first)
        }
    }

    @Test func `a loaded database is what the files make, and up has nothing to do`() async throws {
        let fixture = try history()
        try fixture.run()
        let first = try await dump(fixture)
        let expected = try await ClientPrograms.dump(TestDatabase.current)
        try await withFreshDatabase { database in
            let fresh = try history()
            let loaded = try fresh.migrator().load(first)
            #expect(loaded.pending.isEmpty)
            #expect(loaded.rowsLeftOut.map(\.name) == ["load_countries", "load_cities", "wrapped_by_hand"])
            #expect(try await ClientPrograms.dump(database) == expected)
            #expect(
                try fresh.migrator().status().allSatisfy {
                    $0.state == .applied && $0.applied?.method == .load
                }
            )
            #expect(try fresh.run().completed.isEmpty)
            #expect(try fresh.advisoryLocks() == 0)
            // One that nobody has filled could not be read from.
            #expect(try fresh.text("SELECT count(*)::text FROM public.city_count") == "0")
            #expect(try fresh.connection.queryOne("SHOW search_path", as: String.self).contains("public"))
        }
    }

    @Test(arguments: MigrationLayout.allCases)
    func `the files of every tool can be dumped and loaded`(layout: MigrationLayout) async throws {
        let files = HistoryWriter(layout: layout).files
        let fixture = try MigrationFixture()
        try fixture.folder.writeAll(files)
        fixture.layout = layout
        try fixture.run()
        let first = try await dump(fixture)
        try await withFreshDatabase { database in
            let fresh = try MigrationFixture()
            try fresh.folder.writeAll(files)
            fresh.layout = layout
            #expect(try fresh.migrator().load(first).applied.count == SampleHistory.steps.count)
            #expect(try fresh.run().completed.isEmpty)
            #expect(try await dump(fresh, of: database) == first)
        }
    }

    @Test func `files that are newer than the dump run afterwards`() async throws {
        let fixture = try history()
        let version = try #require(MigrationVersion("20240101000020"))
        try fixture.run(.up(.version(version)))
        let first = try await dump(fixture)
        try fixture.run()
        let expected = try await ClientPrograms.dump(TestDatabase.current)
        try await withFreshDatabase { database in
            let fresh = try history()
            let loaded = try fresh.migrator().load(first)
            #expect(loaded.applied.count == 20)
            #expect(loaded.pending.count == SampleHistory.steps.count - 20 + 1)
            try fresh.run()
            #expect(try await ClientPrograms.dump(database) == expected)
        }
    }

    @Test func `views that read each other are filled in order`() async throws {
        let fixture = try MigrationFixture(["1_a.sql": Self.views])
        try fixture.run()
        let first = try await dump(fixture)
        try await withFreshDatabase { _ in
            let fresh = try MigrationFixture(["1_a.sql": Self.views])
            _ = try fresh.migrator().load(first)
            #expect(try fresh.text("SELECT n::text FROM a") == "1")
            let filled: SQL = "SELECT relispopulated::text FROM pg_class WHERE relname = 'never'"
            #expect(try fresh.text(filled) == "false")
        }
    }

    private static let views = """
        -- migrate:up
        CREATE MATERIALIZED VIEW z AS SELECT 1 AS n;
        CREATE VIEW m AS SELECT n FROM z;
        CREATE MATERIALIZED VIEW a AS SELECT n FROM m;
        CREATE MATERIALIZED VIEW never AS SELECT n FROM a WITH NO DATA;
        """

    @Test func `a migration that stopped half way is no state to be dumped`() throws {
        let fixture = try MigrationFixture([
            "1_a.sql": "-- migrate:up transaction:false\nCREATE TABLE a ();\nVACUUM oops;"
        ])
        #expect(throws: MigrationFailure.self) { try fixture.run() }
        let error = try #require(throws: MigrationPlanError.self) { try fixture.migrator().ledgerContents() }
        #expect(error.description.contains("1_a stopped half way up"))
    }
}
