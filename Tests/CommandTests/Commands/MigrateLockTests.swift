import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase) struct MigrateLockTests {
    private static let slow = "-- migrate:up\nSELECT pg_sleep(60);\n"

    /// Waits until the slow migration is at work.
    private func sleeping() async throws {
        try await eventually("the slow migration") {
            try await Samples.count(
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid() AND state = 'active'
                  AND datname = current_database()
                """
            ) == 1
        }
    }

    @Test func `a second run gives up with code 14 and names the first`() async throws {
        let project = try Project.onDatabase(["migrations/1_slow.sql": Self.slow])
        let first = try await project.start("migrate up")
        try await sleeping()
        let second = try await project.caisson("migrate up --lock-wait 100ms")
        expectStatus(14, second)
        #expect(second.errorOutput.contains("another run holds the migration lock: pid "))
        first.send(.kill)
        try await first.result()
    }

    @Test func `status says that a run is at work, and who`() async throws {
        let slow = "-- migrate:up transaction:false\nCREATE TABLE w (i int);\nSELECT pg_sleep(60);\n"
        let project = try Project.onDatabase(["migrations/1_slow.sql": slow])
        let run = try await project.start("migrate up")
        try await sleeping()

        let status = try await project.caisson("migrate status --exit-code")
        let events = try await project.caisson("migrate status --json").jsonLines()
        let all = try await project.caisson("status")

        run.send(.kill)
        try await run.result()
        expectStatus(10, status)
        #expect(status.output.contains("running  1        slow"))
        #expect(status.output.contains("A run is at work: pid "))
        #expect(!status.output.contains("half way"))
        #expect(all.output.contains("A run is at work: pid "))
        #expect(events.first?["state"]?.text == "running")
        #expect(events.last?["event"]?.text == "run.at_work" && events.last?["pid"]?.number != nil)
        #expect(events.last?["since"]?.text?.isEmpty == false)
        // The server goes on with the statement of a client that is gone.
        try await eventually("the end of its session") {
            try await Samples.count(
                """
                SELECT count(pg_terminate_backend(pid)) FROM pg_locks
                WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                """
            ) == 0
        }
        let stopped = try await project.caisson("migrate status --exit-code")
        expectStatus(16, stopped)
        #expect(stopped.output.contains("Finish the one that stopped half way"))
    }

    @Test(arguments: [(RunningTool.ProcessSignal.interrupt, Int32(130)), (.terminate, 143)])
    func `a signal cancels the migration and leaves nothing`(
        _ signal: RunningTool.ProcessSignal,
        _ status: Int32
    ) async throws {
        let project = try Project.onDatabase([
            "migrations/1_item.sql": Samples.createItem, "migrations/2_slow.sql": Self.slow,
        ])
        let tool = try await project.start("migrate up")
        try await sleeping()
        tool.send(signal)
        let result = try await tool.result()
        expectStatus(status, result)
        #expect(result.errorOutput.contains("Nothing was left behind"))
        #expect(try await Samples.count("SELECT count(*) FROM caisson.migration") == 1)
    }

    @Test func `a lock that is not to be had is code 15`() async throws {
        try await Samples.createItems(1)
        let alter = "-- migrate:up lock-timeout:500ms\nALTER TABLE item ADD COLUMN size integer;\n"
        let project = try Project.onDatabase(["migrations/1_alter.sql": alter])
        let session = try TestDatabase.current.session()
        let result = try await withHeldTable(session) {
            try await project.caisson("migrate up --lock-attempts 2")
        }
        expectStatus(15, result)
        #expect(result.errorOutput.contains("Gave up after 2 attempts"))
        #expect(result.errorOutput.contains("waits for AccessExclusiveLock on item, blocked by:\n  pid "))
        #expect(result.errorOutput.contains("idle in transaction, its transaction open for "))
        #expect(result.errorOutput.contains("holds AccessShareLock: BEGIN; SELECT count(*) FROM item"))
        expectStatus(0, try await project.caisson("migrate up"))
    }

    @Test(arguments: [(RunningTool.ProcessSignal.interrupt, Int32(130)), (.terminate, 143)])
    func `a signal cancels a concurrent build, records it and gives the lock back`(
        _ signal: RunningTool.ProcessSignal,
        _ status: Int32
    ) async throws {
        try await Samples.createItems(1)
        let index = "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY item_name ON item (name);\n"
        let project = try Project.onDatabase(["migrations/1_index.sql": index])
        let holder = try TestDatabase.current.session()
        try await holder.withConnection { try $0.runScript("BEGIN; UPDATE item SET label = 'x'") }
        let tool = try await project.start("migrate up --json")
        try await eventually("the build to wait") {
            tool.output.contains("migration.blocked") && tool.output.contains("migration.index_progress")
        }
        tool.send(signal)
        expectStatus(status, try await tool.result())
        let locks: SQL = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
        #expect(
            try await Samples.count(
                "\(locks) AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            ) == 0
        )
        let noted: SQL =
            "SELECT count(*) FROM caisson.migration_statement WHERE error LIKE '%57014%' OR error LIKE '%cancel%'"
        #expect(try await Samples.count(noted) == 1)
        #expect(
            try await Samples.count("SELECT count(*) FROM caisson.event WHERE event = 'migration.cancelled'")
                == 1
        )
        try await holder.withConnection { try $0.runScript("COMMIT") }
        await holder.close()
        expectStatus(0, try await project.caisson("migrate up"))
        #expect(try await Samples.count("SELECT count(*) FROM pg_index WHERE NOT indisvalid") == 0)
    }

    /// Runs the body while a transaction of another session has read the table.
    private func withHeldTable(
        _ session: Session,
        _ body: () async throws -> ToolResult
    ) async throws -> ToolResult {
        try await session.withConnection { try $0.runScript("BEGIN; SELECT count(*) FROM item") }
        let result = try await body()
        try await session.withConnection { try $0.runScript("COMMIT") }
        await session.close()
        return result
    }
}
