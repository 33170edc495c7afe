import Postgres
import TestSupport
import Testing

/// What people and their servers do to a run, seen from the program.
@Suite(.freshDatabase) struct BackfillInterventionTests {
    /// Starts a run of many chunks and waits for the first.
    private func startSlowRun(_ project: Project, _ options: String = "") async throws -> RunningTool {
        try await Samples.createItems(2000)
        try await Samples.slowDown(seconds: 0.05)
        let tool = try await project.start("backfill run label_items --json --chunk-size 10 \(options)")
        try await tool.line(containing: "backfill.chunk")
        return tool
    }

    private func expectWholeTable(_ project: Project) async throws {
        try await Samples.execute("DROP TRIGGER slow ON item")
        let result = try await project.caisson("backfill run label_items --json --chunk-size 100")
        expectStatus(0, result)
        let last = try #require(try result.jsonLines().last)
        #expect(last["state"] == .string("verified"))
        #expect(last["rows_scanned"] == .number(2000))
        #expect(last["rows_changed"] == .number(2000))
    }

    @Test(arguments: ["pg_cancel_backend", "pg_terminate_backend"])
    func `a worker that is stopped by hand pauses the run and says how to go on`(
        function: String
    ) async throws {
        let project = try Project.onDatabase(Samples.files)
        try await Samples.createItems(2000)
        try await Samples.slowDown(seconds: 0.05)
        let tool = try await project.start("backfill run label_items --chunk-size 10")
        try await eventually("a chunk to strike") {
            try await Samples.count(
                """
                SELECT count(*) FROM (
                    SELECT \(unsafe: function)(pid) FROM pg_stat_activity
                    WHERE application_name = 'caisson label_items worker 1' AND wait_event = 'PgSleep'
                      AND datname = current_database()
                ) AS struck
                """
            ) == 1
        }
        let result = try await tool.result()
        expectStatus(20, result)
        #expect(result.output.contains("the run is paused."))
        #expect(result.output.contains("from outside (\(function))"))
        #expect(result.output.contains("caisson backfill resume label_items"))
        let status = try await project.caisson("backfill status label_items")
        #expect(status.output.contains("because   ") && status.output.contains(function))
        // Running it again is no way past a person's wish.
        expectStatus(20, try await project.caisson("backfill run label_items"))
        try await Samples.execute("UPDATE caisson.backfill_run SET wanted = 'running'")
        try await expectWholeTable(project)
    }

    @Test func `plain SQL pauses a run and lets it go on`() async throws {
        let project = try Project.onDatabase(Samples.files)
        let tool = try await startSlowRun(project, "--workers 2")
        try await Samples.execute(
            "UPDATE caisson.backfill_run SET wanted = 'paused' WHERE name = 'label_items'"
        )
        let result = try await tool.result()
        expectStatus(20, result)
        #expect(
            try await Samples.count("SELECT count(*) FROM caisson.backfill_range WHERE state = 'running'")
                == 0
        )
        try await Samples.execute(
            "UPDATE caisson.backfill_run SET wanted = 'running' WHERE name = 'label_items'"
        )
        try await expectWholeTable(project)
    }

    @Test func `a table that was made again ends the run with code 13, and says what to do`() async throws {
        let project = try Project.onDatabase(Samples.files)
        let tool = try await startSlowRun(project)
        try await Samples.execute("UPDATE caisson.backfill_run SET wanted = 'paused'")
        expectStatus(20, try await tool.result())
        try await Samples.execute("ALTER TABLE item RENAME TO former")
        try await Samples.execute("CREATE TABLE item (LIKE former INCLUDING ALL)")

        let result = try await project.caisson("backfill resume label_items")
        expectStatus(13, result)
        #expect(result.errorOutput.contains("item is not the table that its run 1 began with"))
        #expect(result.errorOutput.contains("caisson backfill run label_items --restart"))
    }

    @Test func `plain SQL gives a run up`() async throws {
        let project = try Project.onDatabase(Samples.files)
        let tool = try await startSlowRun(project)
        try await Samples.execute(
            "UPDATE caisson.backfill_run SET wanted = 'cancelled' WHERE name = 'label_items'"
        )
        expectStatus(1, try await tool.result())
        let status = try await project.caisson("backfill status label_items --json").jsonLines()
        #expect(status.first?["state"] == .string("cancelled"))
    }

    @Test func `processes that join late share the run, and no row is done twice`() async throws {
        let project = try Project.onDatabase(Samples.files)
        // Above the size from which a table has several ranges.
        try await Samples.createItems(12_000)
        try await Samples.slowDown(seconds: 0.02)
        let arguments = "backfill run label_items --json --chunk-size 100"
        var tools = [try await project.start(arguments), try await project.start(arguments)]
        for tool in tools { try await tool.line(containing: "backfill.chunk") }
        let late = try await project.start(arguments)
        try await late.line(containing: "backfill.chunk")
        #expect(tools.filter(\.isRunning).count == 2)
        tools.append(late)

        var chunks: [String] = []
        for tool in tools {
            let result = try await tool.result()
            expectStatus(0, result)
            for line in try result.jsonLines() where line["event"] == .string("backfill.chunk") {
                chunks.append("\(line["range"]?.number ?? 0) \(line["cursor"]?.text ?? "")")
            }
        }
        #expect(Set(chunks).count == chunks.count)
        #expect(try await Samples.count("SELECT count(*) FROM caisson.backfill_run") == 1)
        #expect(try await Samples.count("SELECT count(DISTINCT state) FROM caisson.backfill_range") == 1)
        #expect(
            try await Samples.count("SELECT sum(rows_changed)::bigint FROM caisson.backfill_range") == 12_000
        )
        #expect(
            try await Samples.count("SELECT sum(chunks)::bigint FROM caisson.backfill_range") == chunks.count
        )
    }

    /// The lease is ended by hand, so that nobody has to wait for a minute.
    @Test func `a stopped process whose lease passed on cannot commit when it wakes up`() async throws {
        let project = try Project.onDatabase(Samples.files)
        let asleep = try await startSlowRun(project)
        // Stopped with its backend in the middle of a chunk: what follows in its transaction comes after it woke up.
        try await eventually("a chunk") {
            try await Samples.count(
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE application_name = 'caisson label_items worker 1' AND wait_event = 'PgSleep'
                  AND datname = current_database()
                """
            ) == 1
        }
        asleep.send(.stop)
        try await eventually("the backend waits for its client, its chunk open") {
            try await Samples.count(
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE application_name = 'caisson label_items worker 1' AND wait_event = 'ClientRead'
                  AND state IN ('idle in transaction', 'idle') AND datname = current_database()
                """
            ) == 1
        }
        let before = try await Samples.count("SELECT max(epoch) FROM caisson.backfill_range")
        try await Samples.execute("UPDATE caisson.backfill_range SET lease_until = now() - interval '1 hour'")
        let awake = try await project.start("backfill run label_items --json --chunk-size 10")
        try await eventually("the range has a new owner") {
            try await Samples.count("SELECT max(epoch) FROM caisson.backfill_range") > before
        }
        asleep.send(.resume)
        try await asleep.line(containing: "backfill.lease_lost")
        try await Samples.execute("DROP TRIGGER slow ON item")
        for tool in [asleep, awake] { expectStatus(0, try await tool.result()) }
        #expect(
            try await Samples.count("SELECT sum(rows_scanned)::bigint FROM caisson.backfill_range") == 2000
        )
        #expect(
            try await Samples.count("SELECT sum(rows_changed)::bigint FROM caisson.backfill_range") == 2000
        )
        #expect(try await Samples.count("SELECT count(*) FROM item WHERE label = lower(name)") == 2000)
    }

    @Test(arguments: [RunningTool.ProcessSignal.interrupt, .terminate])
    func `a run that follows is finished by the first signal`(signal: RunningTool.ProcessSignal) async throws
    {
        let project = try Project.onDatabase(Samples.files)
        try await Samples.createItems(100)
        let tool = try await project.start("backfill run label_items --follow --json")
        try await tool.line(containing: #""event":"backfill.following""#)
        try await Samples.execute(
            "INSERT INTO item SELECT n, 'Late ' || n FROM generate_series(101, 130) AS n"
        )
        try await eventually("the new rows") {
            try await Samples.count("SELECT count(*) FROM item WHERE label IS NULL") == 0
        }
        tool.send(signal)
        let result = try await tool.result()
        expectStatus(0, result)
        let last = try #require(try result.jsonLines().last)
        #expect(last["state"] == .string("verified"))
        #expect(last["rows_scanned"] == .number(130))
    }

    @Test(arguments: ["--all", "label_items other", "label_items --dry-run"])
    func `following is for one backfill`(arguments: String) async throws {
        let project = try Project(Samples.files)
        let result = try await project.caisson("backfill run --follow \(arguments)")
        expectStatus(2, result)
        #expect(result.errorOutput.contains("name one backfill"))
    }

    @Test func `the dry run and the status show how chunks are written, and why`() async throws {
        let project = try Project.onDatabase(Samples.files)
        try await Samples.createItems(2000)
        let proof = "SET reads nothing but the row itself, and the plan is a scan of the index item_pkey"
        let text = try await project.caisson("backfill run label_items --dry-run")
        #expect(text.output.contains("path      Each chunk is written by one statement: \(proof)"))
        let lines = try await project.caisson("backfill run label_items --dry-run --json").jsonLines()
        let summary = try #require(lines.last)
        #expect(summary["chunk_statements"] == .string("one"))
        #expect(summary["chunk_reason"]?.text?.hasPrefix(proof) == true)

        expectStatus(0, try await project.caisson("backfill run label_items"))
        let status = try #require(try await project.caisson("backfill status --json").jsonLines().first)
        #expect(status["chunk_statements"] == .string("one"))
        #expect(status["chunk_reason"] == summary["chunk_reason"])
        #expect(status["snapshot_age_seconds"] == .null)
        let details = try await project.caisson("backfill status label_items")
        #expect(details.output.contains("path      Each chunk is written by one statement: \(proof)"))
    }

    @Test func `the age of a reader's snapshot is in the status`() async throws {
        let project = try Project.onDatabase(Samples.files)
        try await Samples.createItems(10)
        expectStatus(0, try await project.caisson("backfill run label_items"))
        // A session that is called what a reader is called, and holds a snapshot.
        var options = try TestDatabase.current.options
        options.applicationName = "caisson label_items reader 1"
        let reader = try Connection(options)
        try reader.runScript("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1")
        let status = try #require(try await project.caisson("backfill status --json").jsonLines().first)
        #expect((status["snapshot_age_seconds"]?.number ?? -1) >= 0)
        let details = try await project.caisson("backfill status label_items")
        #expect(details.output.contains("snapshot  ") && details.output.contains("vacuum waits for it"))
        try reader.runScript("COMMIT")
        let after = try #require(try await project.caisson("backfill status --json").jsonLines().first)
        #expect(after["snapshot_age_seconds"] == .null)
    }
}
