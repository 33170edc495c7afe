import Backfills
import LocalServer
import Postgres
import Synchronization
import TestSupport
import Testing

/// The link breaks, sessions are terminated, the outcome of a COMMIT gets lost: the result is that of a run that was
/// never disturbed. The backfill adds up, so a chunk applied twice or left out shows in the sums.
@Suite(.freshDatabase) struct FaultTests {
    private static let rows = 12_000

    @Test(arguments: [false, true]) func `terminated sessions are replaced and nothing is lost or doubled`(
        inSwift: Bool
    ) async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: Self.rows, on: connection)
        let backfill = inSwift ? try SplitNames().definition() : Cities.sums
        let chunks = Atomic(0)
        let killer = try database.session()

        let result = try await Coordinator(database.options).run(
            backfill,
            options: .chunks(of: 200, workers: 2),
            report: { event in
                guard case .chunk = event, chunks.wrappingAdd(1, ordering: .relaxed).newValue % 12 == 0 else {
                    return
                }
                Task {
                    try await killer.withConnection {
                        try $0.execute(
                            """
                            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                            WHERE datname = current_database() AND application_name LIKE 'caisson %'
                            """
                        )
                    }
                }
            }
        )

        try expectExact(result, inSwift, connection)
        #expect(result.progress.retries > 0)
    }

    /// Each place at which the link can break in a chunk: before the lock, in the checkpoint, before COMMIT reaches the
    /// server, and after the server committed but before it could say so.
    @Test(arguments: [
        (statement: "NO KEY UPDATE", fault: Fault.loseRequest),
        (statement: "caisson backfill_range", fault: .loseReply),
        (statement: "COMMIT", fault: .loseRequest),
        (statement: "COMMIT", fault: .loseReply),
    ])
    func `a broken link is looked into before anything is repeated`(
        statement: String,
        fault: Fault
    ) async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 2000, on: connection)
        let text = statement.replacing("caisson backfill_range", with: "rows_scanned")

        try await withFaultProxy(for: database) { proxy in
            let broken = Mutex<Gate?>(nil)
            let result = try await Coordinator(proxy.options).run(
                Cities.sums,
                options: .chunks(of: 300),
                report: { event in
                    // Armed after the first chunk, so that it strikes in the middle of a range.
                    guard case .chunk = event else { return }
                    broken.withLock { $0 = $0 ?? proxy.arm(.statement(containing: text, skipping: 1), fault) }
                }
            )

            #expect(broken.withLock { $0?.isOpen } == true)
            #expect(result.progress.retries == 1)
            try expectExact(result, false, connection, rows: 2000)
        }
    }

    @Test func `a restarted server is waited for`() async throws {
        try await TestServer.withOwn { server in
            let options = try ConnectionOptions(server.connectionString(database: "postgres"))
            let setUp = try Connection(options)
            try Cities.create(rows: Self.rows, on: setUp)
            setUp.close()
            let struck = Gate("the first chunk")
            async let running = Coordinator(options).run(
                Cities.sums,
                options: .chunks(of: 50, workers: 2),
                report: { if case .chunk = $0 { struck.open() } }
            )
            try await struck.wait()
            try await server.restart(.immediate)
            let result = try await running

            try expectExact(result, false, try Connection(options))
        }
    }

    @Test func `a chunk that meets a locked row gives way and tries again`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 100, on: connection)
        try connection.runScript("BEGIN; UPDATE city SET name = name WHERE id = 2500")
        let retried = Gate("a retry")
        let backfill = Backfill(
            name: "impatient",
            table: Identifier("city"),
            key: [],
            condition: nil,
            verification: nil,
            work: Cities.normalize.work,
            limits: ChunkLimits(lockTimeout: .milliseconds(50))
        )

        async let running = Coordinator(database.options).run(
            backfill,
            options: .chunks(of: 100),
            report: { if case .retrying = $0 { retried.open() } }
        )
        try await retried.wait()
        try connection.runScript("COMMIT")
        let result = try await running

        #expect(result.run.state == .completed)
        #expect(result.progress.changed == 100)
        #expect(result.progress.retries > 0)
    }

    @Test func `a chunk that runs into its statement timeout is made smaller`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 40, on: connection)
        let slow = Cities.sql(
            "slow",
            "UPDATE city SET search_name = pg_sleep(0.01)::text FROM chunk WHERE city.id = chunk.id"
        )
        let backfill = Backfill(
            name: slow.name,
            table: slow.table,
            key: [],
            condition: nil,
            verification: nil,
            work: slow.work,
            limits: ChunkLimits(statementTimeout: .milliseconds(200))
        )

        let result = try await Coordinator(database.options).run(backfill, options: .chunks(of: 40))

        #expect(result.run.state == .completed)
        #expect(result.progress.changed == 40)
        #expect(result.progress.chunks > 2)
    }

    @Test func `a statement that a person cancels pauses the run`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 10, on: connection)
        let slow = Cities.sql(
            "sleepy",
            "UPDATE city SET search_name = pg_sleep(20)::text FROM chunk WHERE city.id = chunk.id"
        )

        async let running = Coordinator(database.options).run(slow)
        try await eventually {
            try connection.queryOne(
                """
                SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event = 'PgSleep' AND pid <> pg_backend_pid()
                  AND state = 'active'
                """,
                as: Int.self
            ) > 0
        }
        let result = try await running

        #expect(result.run.state == .paused)
        #expect(result.run.wanted == .paused)
        #expect(result.progress.changed == 0)
    }

    private func expectExact(
        _ result: RunResult,
        _ inSwift: Bool,
        _ connection: Connection,
        rows: Int = rows
    ) throws {
        #expect(result.run.state == .verified)
        #expect(result.progress.scanned == rows)
        if inSwift {
            #expect(result.progress.changed == rows * 3)
            #expect(try connection.queryOne("SELECT count(*) FROM city_name", as: Int.self) == rows * 3)
        } else {
            let sums = try connection.queryOne(
                "SELECT sum(cities)::bigint, sum(population)::bigint FROM country",
                as: Int.self,
                Int.self
            )
            #expect(sums == (rows, rows * (rows + 1) / 2))
        }
    }
}
