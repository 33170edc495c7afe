import Control
import Foundation
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Migrations

@Suite(.freshDatabase) struct SquasherTests {
    private func history() throws -> MigrationFixture {
        let fixture = try MigrationFixture()
        try fixture.folder.writeAll(HistoryWriter(layout: .native).files)
        return fixture
    }

    private func plan(_ fixture: MigrationFixture, to version: String) throws -> SquashPlan {
        try SquashPlan(try fixture.migrator().directory, to: try #require(MigrationVersion(version)))
    }

    /// Squashes as a role of the test's own, and sees that no scratch database of it is left.
    private func squash(
        _ fixture: MigrationFixture,
        to version: String,
        right: String = "CREATEDB",
        dump: @escaping Squasher.Dump = { options, _, _ in
            try await ClientPrograms.output(.everything, of: options)
        }
    ) async throws -> SquashedMigration {
        let role = "squasher_\(UInt32.random(in: 0...UInt32.max))"
        try fixture.other.runScript("CREATE ROLE \(role) LOGIN \(right)")
        defer { #expect(throws: Never.self) { try fixture.other.runScript("DROP ROLE \(role)") } }
        var options = try TestDatabase.current.options
        options.set("user", role)
        return try await Squasher(try plan(fixture, to: version), on: options, dump: dump).squash()
    }

    /// Everything that `pg_dump` has to say, rows included, without the tool's own tables.
    private func everything(_ database: TestDatabase) async throws -> [String] {
        try DumpedStatements(await ClientPrograms.output(.everything, of: try database.options)).texts
    }

    @Test func `a fresh database gets from the squashed file what it got from the many, rows included`()
        async throws
    {
        let fixture = try history()
        try fixture.run()
        let expected = try await everything(TestDatabase.current)
        let last = SampleHistory.steps.count
        let version = HistoryWriter(layout: .native).version(last)
        let squashed = try await squash(fixture, to: version)
        #expect(squashed.tablesWithRows == ["public.city", "public.country", "public.note"])
        try squashed.write(.move)
        let names = try FileManager.default.contentsOfDirectory(atPath: fixture.folder.path)
        #expect(names.sorted() == ["\(version)_squashed.sql", "squashed_\(version)"])
        let archived = try FileManager.default.contentsOfDirectory(atPath: squashed.plan.archive)
        #expect(archived.count == last)
        try await withFreshDatabase { database in
            let fresh = try MigrationFixture()
            try fresh.folder.write("1_squashed.sql", squashed.migration.up.source.bytes)
            #expect(try fresh.run().completed.count == 1)
            #expect(try await everything(database) == expected)
        }
    }

    @Test func `a database that has all of them takes the file over, and goes on with later ones`()
        async throws
    {
        let fixture = try history()
        let version = HistoryWriter(layout: .native).version(30)
        try fixture.run(.up(.version(try #require(MigrationVersion(version)))))
        let squashed = try await squash(fixture, to: version)
        try squashed.write(.delete)
        #expect(!FileManager.default.fileExists(atPath: squashed.plan.archive))
        #expect(try fixture.states().prefix(2) == ["\(version) squashed", "20240101000031 pending"])
        let done = try fixture.run().completed
        #expect(done.count == SampleHistory.steps.count - 30 + 1)
        #expect(done.first?.step.replaced.count == 30)
        #expect(try fixture.states().allSatisfy { $0.hasSuffix(" applied") })
        #expect(try fixture.run().completed.isEmpty)
        #expect(try fixture.text("SELECT method FROM caisson.migration ORDER BY version LIMIT 1") == "squash")
        let kept: SQL = """
            SELECT jsonb_array_length(detail -> 'replaced')::text FROM caisson.event WHERE event = 'migration.squashed'
            """
        #expect(try fixture.text(kept) == "30")
        let text: SQL = """
            SELECT row ->> 'up_text' FROM caisson.event, jsonb_array_elements(detail -> 'replaced') AS row
            WHERE event = 'migration.squashed' AND row ->> 'name' = 'create_status'
            """
        #expect(try fixture.text(text).contains("it''s; gone"))
    }

    @Test func `a database that is half way comes on with the old files in the folder they were moved to`()
        async throws
    {
        let fixture = try history()
        let version = HistoryWriter(layout: .native).version(20)
        try fixture.run(.up(.steps(12)))
        let squashed = try await squash(fixture, to: version)
        try squashed.write(.move)
        let error = try #require(throws: MigrationPlanError.self) { try fixture.run() }
        #expect(error.description.contains("not applied: 20240101000013_function_by_the_standard"))
        let old = Migrator(
            try MigrationDirectory(path: squashed.plan.archive),
            on: fixture.connection,
            configuration: fixture.configuration
        )
        #expect(try old.run(.up(.latest)).completed.count == 8)
        #expect(try fixture.run().completed.count == SampleHistory.steps.count - 20 + 1)
        #expect(try fixture.states().allSatisfy { $0.hasSuffix(" applied") })
    }

    @Test func `a squashed file is squashed again`() async throws {
        let fixture = try history()
        try fixture.run()
        let expected = try await everything(TestDatabase.current)
        let (first, second) = (
            HistoryWriter(layout: .native).version(10), HistoryWriter(layout: .native).version(33)
        )
        try await squash(fixture, to: first).write(.delete)
        try fixture.run()
        let squashed = try await squash(fixture, to: second)
        #expect(squashed.migration.replaces.count == 24)
        try squashed.write(.delete)
        #expect(try fixture.run().completed.map(\.step.replaced.count) == [24])
        #expect(try fixture.states() == ["\(second) applied", "20240101000034 applied"])
        try await withFreshDatabase { database in
            let fresh = try MigrationFixture()
            try fresh.folder.write("1_a.sql", squashed.migration.up.source.bytes)
            let last = try #require(try fixture.migrator().directory.migrations.last)
            try fresh.folder.write("2_b.sql", last.up.source.bytes)
            try fresh.run()
            #expect(try await everything(database) == expected)
        }
    }

    @Test func `what belongs to another role still does`() async throws {
        let owner = "owner_\(UInt32.random(in: 0...UInt32.max))"
        let fixture = try MigrationFixture([
            "1_a.sql": "-- migrate:up\nGRANT CREATE ON SCHEMA public TO \(owner);\nCREATE TABLE mine ();",
            "2_b.sql": "-- migrate:up\nSET ROLE \(owner);\nCREATE TABLE theirs ();",
        ])
        try fixture.other.runScript("CREATE ROLE \(owner)")
        defer { #expect(throws: Never.self) { try fixture.other.runScript("DROP ROLE \(owner)") } }
        let text = try await squash(fixture, to: "2", right: "SUPERUSER").migration.up.text
        #expect(text.contains("ALTER TABLE public.theirs OWNER TO \(owner);"))
        #expect(!text.contains("ALTER TABLE public.mine OWNER"))
        #expect(text.contains("GRANT CREATE ON SCHEMA public TO \(owner);"))
    }

    // MARK: refusals

    @Test func `a history that does not run is refused, and nothing is left`() async throws {
        let fixture = try MigrationFixture([
            "1_a.sql": "-- migrate:up\nCREATE TABLE a ();",
            "2_b.sql": "-- migrate:up\nCREATE TABLE b (x oops);",
        ])
        let error = await #expect(throws: SquashError.self) { try await squash(fixture, to: "2") }
        let text = try #require(error).description
        #expect(text.contains("2_b.sql:2:19: type \"oops\" does not exist"))
        #expect(text.contains("No file was changed"))
        #expect(try fixture.states().count == 2)
    }

    @Test func `rows behind a backfill are refused, none are not`() async throws {
        var files = [
            "1_a.sql": "-- migrate:up\nCREATE TABLE a (x int);",
            "2_b.sql": "-- migrate:up requires-backfill:fill\nALTER TABLE a ADD CHECK (x > 0);",
        ]
        let without = try MigrationFixture(files)
        #expect(try await squash(without, to: "2").tablesWithRows.isEmpty)
        files["1_a.sql"]? += "\nINSERT INTO a VALUES (1);"
        let with = try MigrationFixture(files)
        let error = await #expect(throws: SquashError.self) { try await squash(with, to: "2") }
        #expect(try #require(error).description.contains("put rows into public.a, and wait for fill"))
    }

    @Test func `a file that makes something else is refused`() async throws {
        let fixture = try MigrationFixture([
            "1_a.sql": "-- migrate:up\nCREATE TABLE a ();", "2_b.sql": "-- migrate:up\nCREATE TABLE b ();",
        ])
        let calls = Calls()
        let error = await #expect(throws: SquashError.self) {
            try await squash(fixture, to: "2") { options, _, _ in
                let output = try await ClientPrograms.output(.everything, of: options)
                return calls.next() == 1 ? output : output + "CREATE TABLE public.c ();\n"
            }
        }
        let text = try #require(error).description
        #expect(text.contains("would make something else"))
        #expect(text.contains("the migrations:    (nothing)\n  the squashed file: CREATE TABLE public.c ();"))
    }

    @Test func `a dump that fails is passed on, and nothing is left`() async throws {
        struct NoDump: Error {}
        let fixture = try history()
        let version = HistoryWriter(layout: .native).version(5)
        await #expect(throws: NoDump.self) {
            try await squash(fixture, to: version) { _, _, _ in throw NoDump() }
        }
    }

    @Test func `files that cannot be moved are all put back`() async throws {
        let fixture = try history()
        let version = HistoryWriter(layout: .native).version(20)
        let squashed = try await squash(fixture, to: version)
        // Something has the name of one of them where they are to go.
        let name = FolderListing.fileName(try #require(squashed.plan.oldFiles.last))
        try fixture.folder.writeAll(["squashed_\(version)/\(name)": "mine"])
        let error = try #require(throws: SquashError.self) { try squashed.write(.move) }
        #expect(error.description.contains("All files are as they were"))
        #expect(try fixture.states().count == SampleHistory.steps.count)
        #expect(!FileManager.default.fileExists(atPath: squashed.plan.path))
    }

    @Test func `who may not make a database is told what to do`() async throws {
        let fixture = try history()
        let version = HistoryWriter(layout: .native).version(5)
        let error = await #expect(throws: SquashError.self) {
            try await squash(fixture, to: version, right: "NOCREATEDB")
        }
        #expect(try #require(error).description.contains("ALTER ROLE name CREATEDB"))
    }
}

/// Counts from 1.
private final class Calls: Sendable {
    private let count = Atomic(0)

    func next() -> Int { count.wrappingAdd(1, ordering: .relaxed).newValue }
}
