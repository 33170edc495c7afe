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
        let result = try await tool.result(within: .seconds(20))
        expectStatus(status, result)
        #expect(result.errorOutput.contains("Nothing was left behind"))
        #expect(try await Samples.count("SELECT count(*) FROM caisson.migration") == 1)
    }

    @Test func `a lock that is not to be had is code 15`() async throws {
        try await Samples.createItems(1)
        let alter = "-- migrate:up lock-timeout:50ms\nALTER TABLE item ADD COLUMN size integer;\n"
        let project = try Project.onDatabase(["migrations/1_alter.sql": alter])
        let session = try TestDatabase.current.session()
        let result = try await withHeldTable(session) {
            try await project.caisson("migrate up --lock-attempts 2")
        }
        expectStatus(15, result)
        #expect(result.errorOutput.contains("Gave up after 2 attempts"))
        expectStatus(0, try await project.caisson("migrate up"))
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
