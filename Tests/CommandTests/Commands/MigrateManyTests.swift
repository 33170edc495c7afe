import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase) struct MigrateManyTests {
    @Test func `fifty processes that start at once on an empty database all succeed`() async throws {
        let project = try Project.onDatabase()
        for number in 1...10 {
            try project.write(
                "-- migrate:up\nCREATE TABLE t\(number) (x int);\nINSERT INTO t\(number) VALUES (1);\n",
                to: "migrations/\(number)_t.sql"
            )
        }
        try project.write(
            "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY t1_x ON t1 (x);\n",
            to: "migrations/11_index.sql"
        )
        let results = try await withThrowingTaskGroup(of: ToolResult.self) { group in
            for _ in 1...50 {
                group.addTask { try await project.start("migrate up --json").result() }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for result in results { expectStatus(0, result) }
        let counts = try results.map { try $0.jsonLines().last?["migrations"]?.number }
        #expect(counts.filter { $0 == 11 }.count == 1)
        #expect(counts.filter { $0 == 0 }.count == 49)
        let events: SQL = "SELECT count(*) FROM caisson.event WHERE event = 'migration.applied'"
        #expect(try await Samples.count(events) == 11)
        #expect(try await Samples.count("SELECT count(*) FROM t10") == 1)
        #expect(try await Samples.count("SELECT count(*) FROM pg_index WHERE NOT indisvalid") == 0)
    }

    @Test func `with nothing pending nothing is written`() async throws {
        let project = try Project.onDatabase(Samples.files)
        expectStatus(0, try await project.caisson("migrate up"))
        try await Samples.execute(
            "ALTER DATABASE \(identifier: TestDatabase.current.name) SET default_transaction_read_only = on"
        )
        expectStatus(0, try await project.caisson("migrate up"))
    }
}
