import Postgres
import TestSupport
import Testing

/// Everything works when each transaction meets another server connection.
@Suite(.freshDatabase, .untilItHangs) struct PoolerTests {
    @Test func `settings hold in transactions, and nothing is left behind on the server`() async throws {
        try await withPooler(for: TestDatabase.current) { pooler in
            var configuration = SessionPool.Configuration()
            (configuration.limit, configuration.pooler) = (2, .transaction)
            (configuration.statementTimeout, configuration.lockTimeout) = (.seconds(11), .seconds(7))
            configuration.applicationName = "shop"
            let pool = SessionPool(pooler.options, configuration)
            for _ in 0..<2 * TestPooler.serverConnections {
                let inside = try await pool.withConnection { try $0.transaction { try $0.limits() } }
                #expect(inside == ["11s", "7s", "shop"])
                let outside = try await pool.withConnection { try $0.limits() }
                #expect(outside == ["0", "0", "shop"])
            }
            await pool.close()
        }
    }

    @Test func `transactions in a row meet different server connections`() async throws {
        try await withPooler(for: TestDatabase.current) { pooler in
            let backends = try await pooler.session().withConnection { connection in
                try (0..<9).map { _ in try connection.queryOne("SELECT pg_backend_pid()", as: Int32.self) }
            }
            #expect(Set(backends).count == TestPooler.serverConnections)
        }
    }

    @Test func `values, rows and errors pass`() async throws {
        try await withPooler(for: TestDatabase.current) { pooler in
            try await pooler.session().withConnection { connection in
                for number in 0..<10 {
                    let sql: SQL = "SELECT \(number), \("ä")"
                    let found = try connection.queryOne(sql, as: Int.self, String.self)
                    #expect(found == (number, "ä"))
                    let error = #expect(throws: PostgresError.self) { try connection.execute("SELECT 1 / 0") }
                    #expect(error?.sqlState?.rawValue == "22012")
                }
            }
        }
    }

    @Test func `a pipeline runs, in a transaction and by itself`() async throws {
        try await withPooler(for: TestDatabase.current) { pooler in
            try await pooler.session().withConnection { connection in
                try connection.runScript("CREATE TABLE note (id int, v text)")
                let first = try connection.executeMany(0..<5000) {
                    "INSERT INTO note VALUES (\(Int32($0)), \("x"))"
                }
                #expect(first == PipelineResult(statements: 5000, affectedRows: 5000))
                let error = #expect(throws: PipelineError.self) {
                    try connection.executeMany(0..<5000) {
                        "INSERT INTO note VALUES (1 / \(Int32(2500 - $0)), '')"
                    }
                }
                #expect(error?.index == 2500)
                let second = try connection.transaction {
                    try $0.executeMany(0..<3) { "DELETE FROM note WHERE id = \(Int32($0))" }
                }
                #expect(second.affectedRows == 3)
                #expect(try connection.queryOne("SELECT count(*) FROM note", as: Int.self) == 4997)
            }
        }
    }

    @Test func `rows stream and copy in both directions, and early exits leave the session usable`()
        async throws
    {
        try await withPooler(for: TestDatabase.current) { pooler in
            let session = pooler.session(settings: [.init("lock_timeout", "5s")])
            let numbers: SQL = "SELECT n, 'row ' || n FROM generate_series(1, 30000) AS n"
            for round in 0..<2 * TestPooler.serverConnections {
                var sums = [0, 0]
                for try await (number, _) in session.stream(numbers, as: Int32.self, String.self) {
                    sums[0] += Int(number)
                }
                for try await (number, _) in session.copyOut(rowsOf: numbers, as: Int32.self, String.self) {
                    sums[1] += Int(number)
                }
                #expect(sums == [450_015_000, 450_015_000])
                for try await _ in session.stream(numbers, as: Int32.self, String.self) { break }
                for try await _ in session.copyOut(rowsOf: numbers, as: Int32.self, String.self) { break }
                let stored = try await session.withConnection { connection in
                    try connection.runScript("CREATE TABLE t\(round) (n int)")
                    return try connection.copyIn("COPY t\(unsafe: "\(round)") FROM STDIN") {
                        try $0.write("1\n2\n".utf8)
                    }
                }
                #expect(stored == 2)
            }
        }
    }

    @Test func `a cancelled statement ends, and the session goes on`() async throws {
        try await withPooler(for: TestDatabase.current) { pooler in
            let session = pooler.session()
            let observer = try TestDatabase.current.connection()
            let sleeping = Task {
                try await session.withConnection { try $0.execute("SELECT pg_sleep(600)") }
            }
            try await eventually("the statement to run") {
                try observer.queryOne(
                    "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)' AND state = 'active'",
                    as: Int.self
                ) == 1
            }
            sleeping.cancel()
            await #expect(throws: CancellationError.self) { try await sleeping.value }
            #expect(try await session.withConnection { try $0.queryOne("SELECT 1", as: Int.self) } == 1)
        }
    }
}

extension Connection {
    fileprivate func limits() throws -> [String] {
        try ["statement_timeout", "lock_timeout", "application_name"].map {
            try queryOne("SELECT current_setting(\($0))", as: String.self)
        }
    }
}
