import Postgres
import TestSupport
import Testing

/// `caisson wait`, and `--wait` of every other command.
@Suite(.freshDatabase) struct WaitTests {
    @Test(arguments: ["wait", "status --wait 30s", "migrate up --wait 30s", "backfill status --wait 30s"])
    func `a database that does not take connections yet is waited for`(command: String) async throws {
        let role = "latecomer_\(UInt32.random(in: 0...UInt32.max))"
        try await Samples.execute("CREATE ROLE \(unsafe: role) LOGIN CONNECTION LIMIT 0")
        try await Samples.execute(
            "DO $$ BEGIN EXECUTE format('GRANT ALL ON DATABASE %I TO \(unsafe: role)', current_database()); END $$"
        )
        var options = try TestDatabase.current.options
        options.set("user", role)
        let project = try Project(Samples.files, environment: ["DATABASE_URL": options.keywords])
        try await Samples.execute("GRANT ALL ON SCHEMA public TO \(unsafe: role)")

        let waiting = try await project.start(command)
        try await waiting.errorText(containing: "Waiting for the database")
        try await Samples.execute("ALTER ROLE \(unsafe: role) CONNECTION LIMIT -1")
        let result = try await waiting.result()

        expectStatus(0, result)
        try await Samples.execute("DROP OWNED BY \(unsafe: role)")
        try await Samples.execute("DROP ROLE \(unsafe: role)")
    }

    @Test(arguments: ["host=127.0.0.1 port=1", "host=no-such-host.invalid"])
    func `where nobody answers the wait is over in time, with the reason`(address: String) async throws {
        let project = try Project(environment: ["DATABASE_URL": address])
        let result = try await project.caisson("wait --wait 300ms")
        expectStatus(1, result)
        #expect(result.errorOutput.contains("Waiting for the database"))
        #expect(result.errorOutput.contains("Cannot connect"))
    }

    @Test(arguments: ["user", "dbname"])
    func `what time does not mend fails at once`(keyword: String) async throws {
        var options = try TestDatabase.current.options
        options.set(keyword, "nobody_has_this_name")
        let project = try Project(environment: ["DATABASE_URL": options.keywords])
        let result = try await project.start("wait --wait 1h").result()
        expectStatus(1, result)
        #expect(!result.errorOutput.contains("Waiting for"))
    }

    @Test func `a database that is there is told`() async throws {
        let result = try await Project.onDatabase().caisson("wait --json")
        expectStatus(0, result)
        #expect(try result.jsonLines().last?["event"]?.text == "database.ready")
    }
}

extension ConnectionOptions {
    /// The address in keywords.
    fileprivate var keywords: String {
        ["host", "port", "dbname", "user"].compactMap { keyword in
            value(of: keyword).map { "\(keyword)='\($0)'" }
        }.joined(separator: " ")
    }
}
