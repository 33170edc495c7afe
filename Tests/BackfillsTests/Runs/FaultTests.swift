import Backfills
import Postgres
import Synchronization
import TestSupport
import Testing

/// The link breaks, sessions are terminated, the outcome of a COMMIT gets lost: the result is that of a run that was
/// never disturbed. The backfill adds up, so a chunk applied twice or left out shows in the sums.
@Suite(.freshDatabase) struct FaultTests {
    private static let rows = 12_000

    /// Each time the run is paused, and taken up again.
    @Test(arguments: [false, true])
    func `sessions that are terminated again and again lose and double nothing`(
        inSwift: Bool
    ) async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: Self.rows, on: connection)
        let backfill = inSwift ? try SplitNames().definition() : Cities.sums
        let coordinator = Coordinator(try database.options)
        let chunks = Atomic(0)
        let killer = try database.session()
        let terminate: @Sendable (BackfillEvent) -> Void = { event in
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

        var pauses = 0
        while true {
            let result = try await coordinator.run(
                backfill,
                options: .chunks(of: 200, workers: 2),
                report: terminate
            )
            guard result.run.state == .paused else {
                try expectExact(result, inSwift, connection)
                break
            }
            pauses += 1
            try await coordinator.resume(backfill.name)
        }
        #expect(pauses > 0)
    }

    @Test func `a last chunk whose COMMIT was not answered is done and not waited for`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 600, on: connection)
        var options = RunOptions.chunks(of: 300)
        // A range that is held by a worker which takes it for done is free after this time only.
        options.lease = 30

        try await withFaultProxy(for: database) { proxy in
            let broken = Mutex<Gate?>(nil)
            let result = try await Coordinator(proxy.options).run(
                Cities.sums,
                options: options,
                report: { event in
                    guard case .chunk = event else { return }
                    broken.withLock {
                        $0 = $0 ?? proxy.arm(.statement(containing: "COMMIT"), .loseReply)
                    }
                }
            )
            #expect(broken.withLock { $0?.isOpen } == true)
            try expectExact(result, false, connection, rows: 600)
            // Whoever had to claim the range again would have run a third, empty one.
            #expect(result.progress.chunks == 2)
        }
    }

    @Test(arguments: ["40001", "40P01"])
    func `a chunk that lost to another transaction is made again, smaller`(
        code: String
    ) async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 100, on: connection)
        try connection.runScript(
            """
            CREATE SEQUENCE attempt;
            CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN
                IF nextval('attempt') <= 2 THEN RAISE EXCEPTION 'lost' USING ERRCODE = '\(code)'; END IF;
                RETURN NULL;
            END $$;
            CREATE TRIGGER lose AFTER UPDATE ON city FOR EACH STATEMENT EXECUTE FUNCTION lose();
            """
        )

        let result = try await Coordinator(database.options).run(Cities.normalize, options: .chunks(of: 100))

        #expect(result.run.state == .verified)
        #expect(result.progress.changed == 100)
        #expect(result.progress.retries == 2)
        // 25 after two halvings, then 50 and what is left.
        #expect(result.progress.chunks == 3)
        #expect(try connection.queryOne("SELECT count(*) FROM caisson.backfill_skipped", as: Int.self) == 0)
    }

    @Test func `a deadlock with the application is survived`() async throws {
        let database = try TestDatabase.current
        let (connection, application) = (try database.connection(), try database.connection())
        try Cities.create(rows: 100, on: connection)
        // The application waits longer than the run before it looks for a deadlock, so the run is the one that gives way.
        try application.runScript(
            "SET deadlock_timeout = '20s'; BEGIN; UPDATE city SET country = 'X' WHERE id = 2500"
        )
        let reasons = Mutex<[String]>([])
        let patient = Backfill(
            name: "patient",
            table: Identifier("city"),
            key: [],
            condition: nil,
            verification: Cities.normalize.verification,
            work: Cities.normalize.work,
            limits: ChunkLimits(lockTimeout: .seconds(60))
        )

        async let running = Coordinator(database.options).run(
            patient,
            options: .chunks(of: 100),
            report: { event in
                if case .retrying(_, let reason, _) = event { reasons.withLock { $0.append(reason) } }
            }
        )
        try await eventually("the chunk waits") {
            try connection.lockWaiters() > 0
        }
        try application.runScript("UPDATE city SET country = 'X' WHERE id = 4; COMMIT")
        let result = try await running

        #expect(result.run.state == .verified)
        #expect(result.progress.changed == 100)
        #expect(reasons.withLock { $0 }.contains { $0.contains("40P01") })
        #expect(try connection.queryOne("SELECT count(*) FROM city WHERE country = 'X'", as: Int.self) == 2)
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
