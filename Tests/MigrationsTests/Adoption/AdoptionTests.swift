import Postgres
import TestSupport
import Testing

@testable import Migrations

@Suite(.freshDatabase) struct AdoptionTests {
    private static let taken = 31

    /// A database that a tool has brought half the way, and the tool's files.
    private func fixture(_ tool: MigrationTool) async throws -> MigrationFixture {
        let database = try TestDatabase.current
        try await ClientPrograms.psql(HistoryWriter.script(through: Self.taken), on: database)
        try await ClientPrograms.psql(ToolLedger(tool: tool).script(through: Self.taken), on: database)
        let fixture = try MigrationFixture()
        try fixture.folder.writeAll(HistoryWriter(layout: tool.layout).files)
        fixture.layout = tool.layout
        return fixture
    }

    @Test(arguments: MigrationTool.allCases)
    func `a project goes on where its tool has left it`(tool: MigrationTool) async throws {
        let expected = try await withFreshDatabase { database in
            try await ClientPrograms.psql(HistoryWriter.script(), on: database)
            return try await ClientPrograms.dump(database)
        }
        let fixture = try await fixture(tool)
        let before = try foreignRows(tool, fixture)

        let preview = try fixture.migrator().adopt(AdoptionRequest(from: tool, mode: .preview))
        #expect(preview.adopted.count == Self.taken)
        #expect(try !fixture.exists("caisson.migration"))

        let adoption = try fixture.migrator().adopt(AdoptionRequest(from: tool))
        #expect(adoption == preview)
        #expect(adoption.table == "public.\(tool.usualTable)")
        #expect(adoption.pending.count == SampleHistory.steps.count - Self.taken)
        #expect(try fixture.migrator().status().prefix(Self.taken).allSatisfy { $0.state == .applied })
        #expect(try foreignRows(tool, fixture) == before)
        #expect(try fixture.advisoryLocks() == 0)

        let outcome = try fixture.run()
        #expect(outcome.completed.count == SampleHistory.steps.count - Self.taken)
        #expect(try await ClientPrograms.dump(TestDatabase.current) == expected)
        let last = try #require(fixture.migrator().status().last?.applied)
        #expect(last.identity.description.isEmpty == false)
    }

    @Test(arguments: MigrationTool.allCases)
    func `an adoption can be taken back and made again`(tool: MigrationTool) async throws {
        let fixture = try await fixture(tool)
        let first = try fixture.migrator().adopt(AdoptionRequest(from: tool))
        #expect(throws: AdoptionError.alreadyKept(count: Self.taken, schema: "caisson")) {
            try fixture.migrator().adopt(AdoptionRequest(from: tool))
        }
        #expect(try fixture.migrator().undoAdoption().count == Self.taken)
        #expect(throws: AdoptionError.nothingToUndo(schema: "caisson")) {
            try fixture.migrator().undoAdoption()
        }
        #expect(try fixture.migrator().adopt(AdoptionRequest(from: tool)) == first)
        try fixture.run(.up(.steps(1)))
        let label = try #require(first.pending.first).label
        #expect(throws: AdoptionError.appliedSince([label])) { try fixture.migrator().undoAdoption() }
        #expect(
            try fixture.text(
                "SELECT string_agg(event, ' ' ORDER BY id) FROM caisson.event WHERE event LIKE '%adopt%'"
            )
                == "migration.adopted migration.adoption_undone migration.adopted"
        )
    }

    @Test(arguments: MigrationTool.allCases.filter { !$0.hasNoLock })
    func `a running tool is waited for under its own lock`(tool: MigrationTool) async throws {
        let fixture = try await fixture(tool)
        let table = ForeignTable(schema: "public", name: tool.usualTable, columns: [:])
        let keys = ToolLock.keys(of: tool, on: table, database: try TestDatabase.current.name)
        for key in keys {
            try fixture.other.execute("SELECT pg_advisory_lock(\(key))")
            #expect(throws: MigrationLockError.self) {
                try fixture.migrator().adopt(AdoptionRequest(from: tool))
            }
            try fixture.other.execute("SELECT pg_advisory_unlock(\(key))")
        }
        #expect(!keys.isEmpty)
        #expect(try fixture.advisoryLocks() == 0)
        #expect(try fixture.text("SELECT count(*)::text FROM pg_tables WHERE schemaname = 'caisson'") == "0")
    }

    @Test(arguments: MigrationTool.allCases.filter(\.hasNoLock))
    func `a tool without a lock is kept from writing by a lock on its table`(tool: MigrationTool) async throws
    {
        let fixture = try await fixture(tool)
        fixture.configuration.lockTimeout = .milliseconds(100)
        try fixture.other.runScript("BEGIN; DELETE FROM \(tool.usualTable);")
        let error = try #require(throws: PostgresError.self) {
            try fixture.migrator().adopt(AdoptionRequest(from: tool))
        }
        #expect(error.sqlState == .lockNotAvailable)
        try fixture.other.runScript("ROLLBACK")
        #expect(try fixture.migrator().adopt(AdoptionRequest(from: tool)).adopted.count == Self.taken)
    }

    @Test(arguments: MigrationTool.allCases)
    func `an empty ledger does not start at the first file where a tool has been at work`(
        tool: MigrationTool
    ) async throws {
        let fixture = try await fixture(tool)
        let error = try #require(throws: AdoptionError.self) { try fixture.run() }
        let count = tool.knowsOnlyTheLast ? 1 : Self.taken
        #expect(error == .notAdopted(tool, table: "public.\(tool.usualTable)", rows: count))
        #expect(error.description.contains("caisson migrate adopt --from \(tool) --dry-run"))
        #expect(throws: AdoptionError.self) { try fixture.migrator().plan(.up(.latest)) }
        #expect(try fixture.migrator().status().allSatisfy { $0.state == .pending })
        // An empty table is nobody's history.
        try fixture.other.execute("DELETE FROM \(unsafe: tool.usualTable)")
        #expect(try fixture.migrator().plan(.up(.latest)).steps.count == SampleHistory.steps.count)
    }

    @Test(arguments: [MigrationTool.golangMigrate, .flyway, .sqlx])
    func `what was left half way is refused until a person says how it stands`(
        tool: MigrationTool
    ) async throws {
        let fixture = try await fixture(tool)
        let column = tool == .golangMigrate ? "dirty = true" : "success = false"
        try fixture.other.execute(
            "UPDATE \(unsafe: tool.usualTable) SET \(unsafe: column) WHERE version::text LIKE '%31'"
        )
        let before = try foreignRows(tool, fixture)
        var request = AdoptionRequest(from: tool)
        let error = try #require(throws: AdoptionError.self) { try fixture.migrator().adopt(request) }
        guard case .mismatches(let mismatches) = error,
            case .unfinished(let label, let identity, tool) = mismatches.first
        else {
            Issue.record("\(error)")
            return
        }
        #expect(label.hasSuffix("31_sequence"))
        #expect(
            error.description.contains("caisson migrate adopt --from \(tool) --resolve \(identity)=applied ")
        )
        #expect(try !fixture.exists("caisson.migration"))

        request.resolutions = [AdoptionResolution(identity, .notApplied)]
        #expect(try fixture.migrator().adopt(request).pending.first?.label.hasSuffix("31_sequence") == true)
        try fixture.migrator().undoAdoption()
        request.resolutions = [AdoptionResolution(identity, .applied)]
        #expect(try fixture.migrator().adopt(request).adopted.count == Self.taken)
        #expect(
            try fixture.text("SELECT detail ->> 'resolved' FROM caisson.event ORDER BY id DESC LIMIT 1")
                == "[\"\(identity)=applied\"]"
        )
        #expect(try foreignRows(tool, fixture) == before)
    }

    @Test func `files that sqlx or Flyway did not apply are told, all of them`() async throws {
        for tool in [MigrationTool.sqlx, .flyway] {
            let fixture = try await fixture(tool)
            try fixture.other.execute("DROP SCHEMA IF EXISTS caisson CASCADE")
            for number in [2, 3] {
                let name = SampleHistory.steps[number - 1].name
                let version = HistoryWriter(layout: tool.layout).version(number)
                let file = tool == .sqlx ? "\(version)_\(name).up.sql" : "V1_\(number)__\(name).sql"
                try fixture.folder.write(file, "SELECT 1;")
            }
            let error = try #require(throws: AdoptionError.self) {
                try fixture.migrator().adopt(AdoptionRequest(from: tool))
            }
            guard case .mismatches(let all) = error else {
                Issue.record("\(error)")
                continue
            }
            #expect(all.count == 2)
            #expect(try !fixture.exists("caisson.migration"))
            try fixture.other.execute("DROP SCHEMA public CASCADE")
            try fixture.other.execute("CREATE SCHEMA public")
        }
    }

    @Test func `Flyway's checksum of a file with placeholders is understood`() throws {
        let fixture = try MigrationFixture()
        let versioned = "CREATE TABLE ${table} (a text);"
        try fixture.folder.writeAll([
            "flyway.conf": "flyway.placeholders.table=t", "V1__a.sql": versioned,
            "R__filled.sql": "SELECT * FROM ${table};",
            "R__raw.sql": "SELECT 1 FROM ${table};", "R__other.sql": "SELECT 2 FROM ${table};",
        ])
        try fixture.other.runScript(ToolLedger(tool: .flyway).table)
        let rows = [
            ("1", "a", versioned), (nil, "filled", "SELECT * FROM t;"),
            (nil, "raw", "SELECT 1 FROM ${table};"),
            (nil, "other", "SELECT 2 FROM u;"),
        ]
        for (rank, row) in rows.enumerated() {
            let sum = ForeignRecord.Checksum.flyway(Array(row.2.utf8))
            try fixture.other.execute(
                """
                INSERT INTO flyway_schema_history
                VALUES (\(rank + 1), \(row.0 as String?), \(row.1), 'SQL', \(row.1), \(sum), 'me', now(), 1, true)
                """
            )
        }
        let adoption = try fixture.migrator().adopt(AdoptionRequest(from: .flyway))
        #expect(adoption.adopted.map(\.label) == ["1_a", "R__filled", "R__raw"])
        #expect(adoption.pending.map(\.label) == ["R__other"])
        #expect(
            try fixture.states() == ["1 applied", "R__filled applied", "R__other pending", "R__raw applied"]
        )
    }

    @Test func `goose's latest row decides, and a version rolled back is pending`() async throws {
        let fixture = try await fixture(.goose)
        try fixture.other.execute(
            "INSERT INTO goose_db_version (version_id, is_applied) VALUES (31, false), (30, false), (30, true)"
        )
        let adoption = try fixture.migrator().adopt(AdoptionRequest(from: .goose))
        #expect(adoption.adopted.count == 30)
        #expect(adoption.pending.first?.label == "00031_sequence")
    }

    @Test func `what the other tool knew about time is kept`() async throws {
        let fixture = try await fixture(.sqlx)
        try fixture.other.execute(
            "UPDATE _sqlx_migrations SET installed_on = '2020-02-03 04:05:06+00' WHERE version = 20240101000001"
        )
        _ = try fixture.migrator().adopt(AdoptionRequest(from: .sqlx))
        #expect(
            try fixture.text(
                "SELECT (applied_at AT TIME ZONE 'UTC')::text || ' ' || duration_ms FROM caisson.migration ORDER BY applied_at LIMIT 1"
            ) == "2020-02-03 04:05:06 1"
        )
    }

    @Test func `a table of another tool, of nobody, in two schemas or not there is refused`() throws {
        let fixture = try MigrationFixture(["1_a.sql": "-- migrate:up\n"])
        func refusal(_ tool: MigrationTool, table: String? = nil) throws -> String {
            try #require(throws: AdoptionError.self) {
                try fixture.migrator().adopt(AdoptionRequest(from: tool, table: table))
            }.description
        }
        #expect(try refusal(.goose).hasPrefix("there is no table goose_db_version"))
        #expect(try refusal(.goose, table: "x.y").hasPrefix("there is no table x.y"))
        try fixture.other.execute(
            "CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean)"
        )
        #expect(try refusal(.dbmate).contains("adopt --from golang-migrate --table public.schema_migrations"))
        try fixture.other.runScript(
            "DROP TABLE schema_migrations; CREATE TABLE schema_migrations (version varchar PRIMARY KEY); CREATE TABLE ar_internal_metadata ()"
        )
        #expect(try refusal(.dbmate).contains("those of Rails"))
        try fixture.other.runScript("CREATE TABLE goose_db_version (a int, b int)")
        #expect(try refusal(.goose).contains("no tool that is known here (a, b)"))
        try fixture.other.runScript(
            "CREATE SCHEMA a CREATE TABLE _sqlx_migrations (); CREATE SCHEMA b CREATE TABLE _sqlx_migrations ()"
        )
        #expect(
            try refusal(.sqlx).contains(
                "several schemas have a ledger of sqlx: a._sqlx_migrations, b._sqlx_migrations"
            )
        )
    }

    private func foreignRows(_ tool: MigrationTool, _ fixture: MigrationFixture) throws -> String {
        try fixture.text(
            "SELECT string_agg(t::text, ';' ORDER BY t::text) FROM \(unsafe: tool.usualTable) AS t"
        )
    }
}
