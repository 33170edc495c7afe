@testable import Backfills
import LocalServer
import Postgres
import Synchronization
import TestSupport
import Testing

/// Sessions that end, or wait, without anybody meaning the run.
@Suite(.freshDatabase) struct SessionEndTests {
    private static let slow = slow(ChunkLimits())

    private static func slow(_ limits: ChunkLimits) -> Backfill {
        Cities.sql(
            "slow",
            verify: "SELECT count(*) FROM city WHERE search_name IS NULL",
            limits: limits,
            "UPDATE city SET search_name = 'x' || pg_sleep(0.01) FROM chunk WHERE city.id = chunk.id"
        )
    }

    @Test func `limits of the role on idle sessions do not end a run`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 200, on: connection)
        try connection.execute(
            "ALTER DATABASE \(identifier: database.name) SET idle_session_timeout = '200ms'"
        )
        try connection.execute(
            "ALTER DATABASE \(identifier: database.name) SET idle_in_transaction_session_timeout = '200ms'"
        )
        let result = try await Coordinator(database.options).run(
            Self.slow,
            options: .chunks(of: 50, workers: 2)
        )
        #expect(result.run.state == .verified)
        #expect(result.progress.retries == 0)
    }

    /// One worker waits for a row that somebody has locked. The other finds no range, and looks now and then whether there is
    /// one: it may be met at that.
    @Test(arguments: [("coordinator", 1, "300 ms"), ("worker", 3, "30 ms")])
    func `a session that does nothing is ended, and the run goes on`(
        role: String,
        times: Int,
        rest: String
    )
        async throws
    {
        let database = try TestDatabase.current
        let (connection, locker) = (try database.connection(), try database.connection())
        try Cities.create(rows: 300, on: connection)
        try locker.runScript("BEGIN; SELECT FROM city FOR UPDATE")
        let waits = Gate("a worker to find no range")
        async let running = Coordinator(database.options).run(
            Self.slow(ChunkLimits(lockTimeout: .seconds(600), statementTimeout: .seconds(600))),
            options: .chunks(of: 100, workers: 2),
            report: {
                if case .waitingForOthers = $0 { waits.open() }
                if case .paused = $0 { Issue.record("nobody paused it") }
            }
        )
        try await waits.wait()
        try await eventually("the other one to wait for the row") {
            try connection.queryOne(
                "SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
                as: Bool.self
            )
        }
        let idle = """
            application_name LIKE 'caisson slow \(role)%' AND state = 'idle'
                AND state_change < clock_timestamp() - interval '\(rest)'
            """
        for _ in 1...times { try await Self.end(idle, connection) }
        try locker.runScript("COMMIT")
        let result = try await running
        #expect(result.run.state == .verified)
        #expect(result.run.wanted == .running)
        #expect(result.run.lastError == nil)
    }

    @Test func `a wish that comes with the last chunk is not left behind`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 10, on: connection)
        let coordinator = Coordinator(try database.options)
        let stop = StopSignal()
        stop.request()
        _ = try await coordinator.run(Cities.normalize, stop: stop)
        try connection.runScript(
            """
            CREATE FUNCTION wish() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN UPDATE caisson.backfill_run SET wanted = 'paused'; RETURN NULL; END $$;
            CREATE TRIGGER wish AFTER UPDATE ON city FOR EACH STATEMENT EXECUTE FUNCTION wish();
            """
        )
        let result = try await coordinator.run(Cities.normalize)
        #expect(result.run.state == .verified)
        #expect(result.run.wanted == .running)
    }

    @Test func `the row locks of a worker that does nothing in a transaction are gone within the lease`()
        async throws
    {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 10, on: connection)
        var options = RunOptions()
        options.lease = 3
        let session = SessionRole.worker(1).session(try database.options, of: "sample", options)
        let limit = try await session.withConnection { connection in
            try connection.runScript("BEGIN; SELECT FROM city FOR UPDATE")
            return try connection.queryOne(
                "SELECT setting::integer FROM pg_settings WHERE name = 'idle_in_transaction_session_timeout'",
                as: Int.self
            )
        }
        #expect((1...3000).contains(limit))

        try await eventually("the locks to be gone") {
            do {
                try connection.execute("SELECT FROM city FOR UPDATE NOWAIT")
                return true
            } catch let error as PostgresError where error.sqlState == .lockNotAvailable {
                return false
            }
        }
        let failure = await #expect(throws: PostgresError.self) {
            _ = try await session.withConnection { try $0.execute("SELECT 1") }
        }
        #expect(failure?.sqlState == .idleInTransactionSessionTimeout)
        #expect(failure?.isTransient == true)
    }

    @Test func `a session behind a pooler leaves no limits to others`() async throws {
        let database = try TestDatabase.current
        try await withPooler(for: database) { pooler in
            let session = SessionRole.worker(1).session(pooler.options, of: "sample", RunOptions())
            for _ in 1...TestPooler.serverConnections {
                let limit = try await session.withConnection {
                    try $0.queryOne("SHOW idle_in_transaction_session_timeout", as: String.self)
                }
                #expect(limit == "0")
            }
        }
        let direct = SessionRole.worker(1).session(try database.options, of: "sample", RunOptions())
        let limit = try await direct.withConnection {
            try $0.queryOne("SHOW idle_in_transaction_session_timeout", as: String.self)
        }
        #expect(limit == "30s")
    }

    @Test func `a COMMIT that waits for a standby is told, seen, and ended by a stop`() async throws {
        var configuration = TestServer.throwaway()
        configuration.settings["synchronous_standby_names"] = "nobody"
        try await TestServer.withOwn(configuration) { server in
            let options = try ConnectionOptions(server.connectionString(database: "postgres"))
            var local = options
            local.set("options", "-c synchronous_commit=local")
            let connection = try Connection(local)
            try Cities.create(rows: 500, on: connection)
            // The run is there, so that it is a claim that waits.
            let before = StopSignal()
            before.request()
            _ = try await Coordinator(local).run(Cities.normalize, stop: before)

            let (stop, told) = (StopSignal(), Gate("the wait is told"))
            let running = Task {
                try await Coordinator(options).run(
                    Cities.normalize,
                    options: .chunks(of: 100),
                    stop: stop,
                    report: { if case .waitingForStandby = $0 { told.open() } }
                )
            }
            try await told.wait()
            let status = try #require(try await Coordinator(local).statuses(of: "normalize").first)
            #expect(status.sessions > 0)
            #expect(status.sessionsWaitingForStandby > 0)

            stop.request()
            let result = try await running.value
            #expect(result.run.state == .paused)
            #expect(result.run.wanted == .running)
            #expect(result.progress.rangesHeld == 0)

            #expect(try await Coordinator(local).run(Cities.normalize).run.state == .verified)
        }
    }

    private static func end(_ condition: String, _ connection: Connection) async throws {
        let statement = SQL(
            unsafe:
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND \(condition)"
        )
        try await eventually("an idle session to end") {
            try connection.queryOne(statement, as: Int.self) > 0
        }
    }
}
