import Backfills
import Foundation
import LocalServer
import Postgres
import Synchronization
import TestSupport
import Testing

/// A person who ends what a worker does is obeyed; a server that goes away is waited for.
@Suite(.freshDatabase) struct InterventionTests {
    private static let sleepy = Cities.sql(
        "sleepy",
        "UPDATE city SET search_name = pg_sleep(20)::text FROM chunk WHERE city.id = chunk.id"
    )

    @Test(arguments: ["pg_cancel_backend", "pg_terminate_backend"])
    func `a worker that a person stops pauses the run, once, and says how it came to that`(
        function: String
    ) async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 10, on: connection)
        let reasons = Mutex<[String]>([])

        async let running = Coordinator(database.options).run(
            Self.sleepy,
            report: { event in
                if case .paused(let reason) = event { reasons.withLock { $0.append(reason) } }
            }
        )
        try await Self.strike(function, "wait_event = 'PgSleep'", connection)
        let result = try await running

        #expect(result.run.state == .paused)
        #expect(result.run.wanted == .paused)
        #expect(result.run.lastError?.contains(function) == true)
        #expect(result.progress.changed == 0)
        #expect(result.progress.retries == 0)
        #expect(result.progress.rangesHeld == 0)
        #expect(reasons.withLock { $0 }.count == 1)
        #expect(reasons.withLock { $0 }.first?.contains(function) == true)
        let journal = try connection.query(
            "SELECT event FROM caisson.event WHERE subject = 'sleepy' ORDER BY id",
            as: String.self
        )
        #expect(journal.contains("backfill.paused"))
    }

    @Test func `a reader that a person ends pauses the run too, and it goes on exactly`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 2000, on: connection)
        // The writer waits, so the reader is there when it is struck.
        try Turnstile.build(on: connection)
        try Turnstile.close(on: connection)
        let coordinator = Coordinator(try database.options)

        let source = Source(
            table: "city",
            key: "id",
            columns: "id",
            "name",
            limits: ChunkLimits(lockTimeout: .seconds(60))
        )
        let pauses = Atomic(0)
        async let running = coordinator.run(
            SplitNames(source: source).definition(),
            options: .chunks(of: 100),
            report: { if case .paused = $0 { pauses.wrappingAdd(1, ordering: .relaxed) } }
        )
        try await Turnstile.untilSomebodyWaits(connection)
        try await Self.strike(
            "pg_terminate_backend",
            "application_name LIKE 'caisson split_names reader %'",
            connection
        )
        try Turnstile.open(on: connection)
        let paused = try await running
        #expect(paused.run.state == .paused)
        #expect(pauses.load(ordering: .relaxed) == 1)

        try await coordinator.resume("split_names")
        let result = try await coordinator.run(SplitNames(source: source).definition())
        #expect(result.run.state == .verified)
        #expect(result.progress.changed == 6000)
    }

    @Test(arguments: [PrivateServer.StopMode.fast, .immediate])
    func `a server that is shut down is no person`(mode: PrivateServer.StopMode) async throws {
        try await TestServer.withOwn { server in
            let options = try ConnectionOptions(server.connectionString(database: "postgres"))
            let setUp = try Connection(options)
            try Self.prepareSlowly(setUp)
            setUp.close()
            let struck = Gate("the first chunk")
            async let running = Coordinator(options).run(
                Cities.sums,
                options: .chunks(of: 50),
                report: { if case .chunk = $0 { struck.open() } }
            )
            try await struck.wait()
            try await server.restart(mode)
            try await Self.hurry(options)
            let result = try await running

            #expect(result.run.state == .verified)
            #expect(result.progress.scanned == 6000)
            #expect(result.progress.retries > 0)
        }
    }

    @Test func `a crash of another session, which the postmaster survives, is no person`() async throws {
        try await TestServer.withOwn { server in
            let options = try ConnectionOptions(server.connectionString(database: "postgres"))
            let setUp = try Connection(options)
            try Self.prepareSlowly(setUp)
            let struck = Gate("the first chunk")
            let victim = try setUp.queryOne("SELECT pg_backend_pid()", as: Int32.self)
            async let running = Coordinator(options).run(
                Cities.sums,
                options: .chunks(of: 50),
                report: { if case .chunk = $0 { struck.open() } }
            )
            try await struck.wait()
            let uptime = try setUp.queryOne("SELECT pg_postmaster_start_time()::text", as: String.self)
            kill(victim, SIGKILL)
            try await Self.hurry(options)
            let result = try await running

            #expect(result.run.state == .verified)
            #expect(result.progress.scanned == 6000)
            #expect(result.progress.retries > 0)
            let after = try Connection(options)
            #expect(try after.queryOne("SELECT pg_postmaster_start_time()::text", as: String.self) == uptime)
        }
    }

    @Test func `a verification that a person cancels is not repeated, and the run stays completed`()
        async throws
    {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 10, on: connection)
        let backfill = Cities.sql(
            "slowly_verified",
            verify: "SELECT count(*) FROM pg_sleep(30)",
            "UPDATE city SET search_name = 'x' FROM chunk WHERE city.id = chunk.id"
        )

        let running = Task { try await Coordinator(database.options).run(backfill) }
        try await Self.strike("pg_cancel_backend", "wait_event = 'PgSleep'", connection)
        let failure = await #expect(throws: BackfillError.self) { _ = try await running.value }

        #expect("\(failure, default: "")".hasSuffix("caisson backfill verify slowly_verified"))
        let state = try connection.queryOne("SELECT state FROM caisson.backfill_run", as: String.self)
        #expect(state == "completed")
    }

    /// Makes the table, and every chunk slow enough that the trouble comes before the end.
    private static func prepareSlowly(_ connection: Connection) throws {
        try Cities.create(rows: 6000, on: connection)
        try connection.runScript(
            """
            CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_sleep(0.2); RETURN NULL; END $$;
            CREATE TRIGGER slow BEFORE INSERT ON country FOR EACH STATEMENT EXECUTE FUNCTION slow();
            """
        )
    }

    /// Takes away what makes chunks slow, as soon as the server lets somebody in.
    private static func hurry(_ options: ConnectionOptions) async throws {
        try await eventually("the trigger is dropped") {
            do {
                try Connection(options).runScript("DROP TRIGGER IF EXISTS slow ON country")
                return true
            } catch let error as PostgresError where error.isTransient {
                return false
            }
        }
    }

    /// Does something to the session that fulfils a condition, once there is one.
    private static func strike(_ function: String, _ condition: String, _ connection: Connection) async throws
    {
        let statement = SQL(
            unsafe: """
                SELECT count(\(function)(pid)) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid() AND \(condition)
                """
        )
        try await eventually("a session to strike") { try connection.queryOne(statement, as: Int.self) > 0 }
    }
}
