import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase) struct BackfillSteeringTests {
    /// Starts a run of 200 chunks and waits for the first.
    private func startSlowRun(_ project: Project, _ options: String = "") async throws -> RunningTool {
        try await Samples.createItems(2000)
        try await Samples.slowDown(seconds: 0.02)
        let tool = try await project.start("backfill run label_items --json --chunk-size 10 \(options)")
        try await tool.line(containing: "backfill.chunk")
        return tool
    }

    private func expectWholeTable(_ project: Project) async throws {
        try await Samples.execute("DROP TRIGGER slow ON item")
        let result = try await project.caisson("backfill run label_items --json --chunk-size 10")
        expectStatus(0, result)
        let last = try #require(try result.jsonLines().last)
        #expect(last["state"] == .string("verified"))
        #expect(last["rows_scanned"] == .number(2000))
        #expect(last["rows_changed"] == .number(2000))
    }

    @Test(arguments: [RunningTool.ProcessSignal.interrupt, .terminate])
    func `one signal ends after the chunk, and the same command finishes`(
        _ signal: RunningTool.ProcessSignal
    ) async throws {
        let project = try Project.onDatabase(Samples.files)
        let tool = try await startSlowRun(project, "--workers 2")
        tool.send(signal)
        let result = try await tool.result()
        expectStatus(20, result)
        let last = try #require(try result.jsonLines().last)
        #expect(last["state"] == .string("paused"))
        let changed = try #require(last["rows_changed"]?.number)
        #expect(changed > 0 && changed < 2000)
        #expect(try await Samples.count("SELECT count(*) FROM item WHERE label IS NOT NULL") == Int(changed))
        try await expectWholeTable(project)
    }

    @Test func `the first signal says how to go on`() async throws {
        try await Samples.createItems(2000)
        try await Samples.slowDown(seconds: 0.02)
        let project = try Project.onDatabase(Samples.files)
        let tool = try await project.start("backfill run label_items --chunk-size 10")
        try await tool.line(containing: "started")
        tool.send(.interrupt)
        let result = try await tool.result()
        expectStatus(20, result)
        #expect(
            result.errorOutput.contains("Finishing the current chunks; press Ctrl-C again to cancel them.")
        )
        #expect(result.output.hasSuffix("Go on with: caisson backfill run label_items\n"))
    }

    @Test func `the second signal cancels the chunk`() async throws {
        let project = try Project.onDatabase(Samples.files)
        try await Samples.createItems(100)
        try await Samples.slowDown(seconds: 25)
        let tool = try await project.start("backfill run label_items")
        try await eventually("the chunk") {
            try await Samples.count(
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE application_name LIKE '%caisson label_items%' AND wait_event = 'PgSleep'
                  AND datname = current_database()
                """
            ) == 1
        }
        tool.send(.interrupt)
        try await eventually("the note") { tool.errorOutput.contains("Finishing") }
        tool.send(.interrupt)
        let result = try await tool.result()
        expectStatus(130, result)
        #expect(result.errorOutput.contains("Go on with the same command."))
        #expect(try await Samples.count("SELECT count(*) FROM item WHERE label IS NOT NULL") == 0)
    }

    @Test func `a pause from another terminal ends the run with code 20`() async throws {
        let project = try Project.onDatabase(Samples.files)
        let tool = try await startSlowRun(project)
        let pause = try await project.caisson("backfill pause label_items")
        expectStatus(0, pause)
        expectStatus(20, try await tool.result())
        let again = try await project.caisson("backfill run label_items")
        expectStatus(20, again)
        #expect(again.output.contains("caisson backfill resume label_items"))
        let resume = try await project.caisson("backfill resume label_items --json")
        #expect(try resume.jsonLines().first?["wanted"] == .string("running"))
        try await expectWholeTable(project)
    }

    @Test func `a cancelled run begins anew`() async throws {
        let project = try Project.onDatabase(Samples.files)
        let tool = try await startSlowRun(project)
        expectStatus(0, try await project.caisson("backfill cancel label_items"))
        expectStatus(1, try await tool.result())
        let status = try await project.caisson("backfill status label_items --json").jsonLines()
        #expect(status.first?["state"] == .string("cancelled"))
        try await Samples.execute("DROP TRIGGER slow ON item")
        expectStatus(0, try await project.caisson("backfill run label_items"))
    }

    @Test func `status tells how far a run is`() async throws {
        let project = try Project.onDatabase(Samples.files)
        let none = try await project.caisson("backfill status label_items")
        #expect(none.output.hasPrefix("label_items was never run here."))
        try await Samples.createItems(100)
        expectStatus(0, try await project.caisson("backfill run label_items"))
        let line = try #require(try await project.caisson("backfill status --json --watch").jsonLines().first)
        #expect(line["state"] == .string("verified"))
        #expect(line["rows_changed"] == .number(100))
        #expect(line["verify_result"] == .number(0))
        let table = try await project.caisson("backfill status")
        #expect(
            table.output == """
                NAME         STATE      DONE  SCANNED  CHANGED  SKIPPED  CHUNKS
                label_items  verified  100 %      100      100        0       1

                """
        )
    }
}
