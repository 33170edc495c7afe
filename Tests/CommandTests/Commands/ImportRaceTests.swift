import Postgres
import TestSupport
import Testing

/// The same import by two processes at once.
@Suite(.freshDatabase) struct ImportRaceTests {
    private static let rows = "number,name\n" + (1...500).map { "\($0),place \($0)\n" }.joined()

    /// Starts both and lets them go on when they wait for the test's own transaction, or for each other.
    private func race(
        _ commands: [String],
        in project: Project,
        behind obstacle: SQL,
        waiting pattern: String = "%"
    ) async throws -> [ToolResult] {
        let holder = try TestDatabase.current.connection()
        let watcher = try TestDatabase.current.connection()
        try holder.execute("BEGIN")
        try holder.execute(obstacle)
        var tools: [RunningTool] = []
        for command in commands {
            tools.append(try await project.start(command))
            let count = tools.count
            try await eventually("\(count) of them wait") {
                try watcher.lockWaiters(running: pattern) == count
            }
        }
        try holder.execute("ROLLBACK")
        var results: [ToolResult] = []
        for tool in tools { results.append(try await tool.result()) }
        return results
    }

    /// Every row of the file stands in the table once.
    private func expectEachOnce() async throws {
        #expect(try await Samples.count("SELECT count(*) FROM place") == 500)
        #expect(try await Samples.count("SELECT count(DISTINCT number) FROM place") == 500)
    }

    @Test func `of two that make one table, one makes it and both go on with it`() async throws {
        let project = try Project.onDatabase(["places.csv": Self.rows])
        let command = "import places.csv --into place --create --json"
        let results = try await race(
            [command, command],
            in: project,
            behind: "CREATE TABLE place (n int)",
            waiting: "CREATE TABLE%"
        )
        for result in results { expectStatus(0, result) }
        let states = try results.compactMap { try $0.jsonLines().first?["state"] }
        #expect(states.filter { $0 == .string("made") }.count == 1, "\(states)")
        #expect(states.filter { $0 == .string("found") }.count == 1, "\(states)")
        try await expectEachOnce()
    }

    @Test func `two files into one table that both make come in whole`() async throws {
        let files = ["a.csv": "number,name\n1,a\n2,b\n", "b.csv": "number,name\n3,c\n"]
        let project = try Project.onDatabase(files)
        let results = try await race(
            ["import a.csv --into place --create", "import b.csv --into place --create"],
            in: project,
            behind: "CREATE TABLE place (n int)",
            waiting: "CREATE TABLE%"
        )
        for result in results { expectStatus(0, result) }
        #expect(try await Samples.count("SELECT sum(number)::int FROM place") == 6)
    }

    /// The first one is stopped behind its claim of the file, so that the second one has found no import of it either.
    @Test func `the rows of a file that two begin to import come in once`() async throws {
        try await Samples.execute("CREATE TABLE place (number int, name text)")
        let project = try Project.onDatabase(["places.csv": Self.rows])
        let command = "import places.csv --into place"
        let results = try await race(
            [command, command],
            in: project,
            behind: "LOCK TABLE place IN SHARE MODE"
        )
        for result in results { expectStatus(0, result) }
        #expect(results[0].output.contains("500"), "\(results[0].output)")
        #expect(results[1].output.contains("nothing to do"), "\(results[1].output)")
        try await expectEachOnce()
    }

    /// A restart imports once more what was there before, but not because another one did so meanwhile.
    @Test func `two that begin again both come to their end`() async throws {
        try await Samples.execute("CREATE TABLE place (number int PRIMARY KEY, name text)")
        let project = try Project.onDatabase(["places.csv": Self.rows])
        expectStatus(0, try await project.caisson("import places.csv --into place"))
        let command = "import places.csv --into place --restart --on-conflict update"
        let results = try await race(
            [command, command],
            in: project,
            behind: "LOCK TABLE place IN SHARE MODE"
        )
        for result in results { expectStatus(0, result) }
        try await expectEachOnce()
    }
}
