import Backfills
import Bulk
import LocalServer
import Postgres
import Synchronization
import TestSupport
import Testing

/// The server crashes and forgets the newest chunks, whose COMMIT nobody waits for. What a worker remembers is then ahead
/// of what the database holds: it must go on from where the database is.
@Suite(.serialized) struct CrashTests {
    /// What fails behind the chunks that the crash takes back.
    enum Failure: String, CaseIterable, Sendable {
        case lockTimeout = "55P03"
        case badRow = "22012"
    }

    /// How long commits may be forgotten: by default, and long enough that all of them are.
    enum Delay: String, CaseIterable, Sendable {
        case standard = "200ms"
        case long = "10s"
    }

    private static let rows = 600
    /// The row that is locked, or cannot be applied.
    private static let obstacle = 451

    @Test(arguments: Delay.allCases)
    func `chunks that a crash took back are done again, once, whatever failed behind them`(
        delay: Delay
    ) async throws {
        try await Self.withCases(delay) { failure, crash, database in
            try await Self.run(Self.sums, failure, crash, database)
        }
    }

    @Test(arguments: Delay.allCases)
    func `a row backfill goes on from where the database is, too`(delay: Delay) async throws {
        try await Self.withCases(delay) { failure, crash, database in
            try await Self.run(Weighing().definition(), failure, crash, database)
        }
    }

    /// A crash after every few chunks, while idle workers cut the ranges of the busy ones in two.
    @Test func `ranges that were split are those of the database after every crash`() async throws {
        try await TestServer.withOwn(Self.configuration(.long)) { server in
            let database = try await TestDatabase.create(named: "split", on: server)
            try await Self.createOneRange(rows: 160_000, database)
            let chunks = Atomic(0)
            let crashes = Mutex<[Task<Void, any Error>]>([])
            var options = RunOptions.chunks(of: 1000, workers: 4)
            options.lease = 5
            let result = try await Coordinator(database.options).run(Self.sums, options: options) { event in
                guard case .chunk = event, chunks.wrappingAdd(1, ordering: .relaxed).newValue % 45 == 0 else {
                    return
                }
                crashes.withLock { $0.append(Task { try await server.crash(.backend) }) }
            }
            for crash in crashes.withLock({ $0 }) { try await crash.value }
            #expect(crashes.withLock { $0.count } >= 3)
            let split = try database.connection().queryOne(
                "SELECT count(*) FROM caisson.backfill_range WHERE rows_scanned > 0",
                as: Int.self
            )
            #expect(split > 1)
            try Self.expectExact(result, rows: 160_000, skipped: [], database)
        }
    }

    /// Its workers have ended by then: for them all was done.
    @Test func `chunks that a crash takes back behind the last one are done again, and nothing is paused`()
        async throws
    {
        try await TestServer.withOwn(Self.configuration(.long)) { server in
            let database = try await TestDatabase.create(named: "last", on: server)
            try Self.create(rows: 200, on: database.connection())
            try await withFaultProxy(for: database) { proxy in
                let link = try proxy.options
                let scanned = Atomic(0)
                let paused = Atomic(0)
                let crashed = Gate("the server crashed")
                let result = try await Coordinator(link).run(Self.sums, options: Self.options) { event in
                    switch event {
                    case .paused: paused.wrappingAdd(1, ordering: .relaxed)
                    case .chunk(let chunk):
                        let all = scanned.wrappingAdd(chunk.scanned, ordering: .relaxed).newValue
                        // What asks whether the table is still the same one is sent when the run is settled.
                        guard all == 200 else { return }
                        _ = proxy.arm(.statement(containing: "has_table_privilege"), .crash(.backend))
                        crashed.open()
                    default: break
                    }
                }
                try await crashed.wait()
                #expect(paused.load(ordering: .relaxed) == 0)
                try Self.expectExact(result, rows: 200, skipped: [], database)
            }
        }
    }

    @Test(arguments: Failure.allCases)
    func `a run that follows goes on with rows behind the ones that a crash took back`(
        failure: Failure
    ) async throws {
        try await TestServer.withOwn(Self.configuration(.long)) { server in
            let database = try await TestDatabase.create(named: "follow", on: server)
            try Self.create(rows: 200, on: database.connection())
            let (stop, idle) = (StopSignal(), Gate("the run follows"))
            var options = Self.options
            options.atEnd = .follow
            try await withFaultProxy(for: database) { proxy in
                let link = try proxy.options
                let running = Task { [options] in
                    try await Coordinator(link).run(Self.sums, options: options, stop: stop) { event in
                        if case .following(0, 0) = event { idle.open() }
                    }
                }
                try await idle.wait()
                let crashed = proxy.arm(.reply(sqlState: failure.rawValue), .crash(.backend))
                let holder = try Self.prepare(failure, rows: 201...Self.rows, database)
                try await crashed.wait()
                holder?.close()
                // A run that lost some never gets there, and is told so by what is compared below.
                try? await eventually("all rows are scanned") {
                    Self.scanned(database) == Self.rows
                }
                stop.request()
                let result = try await running.value
                try Self.expectExact(
                    result,
                    rows: Self.rows,
                    skipped: failure == .badRow ? [Self.obstacle] : [],
                    database
                )
            }
        }
    }

    @Test(arguments: Crash.allCases)
    func `skipped rows that were applied and taken back by a crash are still on the list`(
        crash: Crash
    ) async throws {
        try await TestServer.withOwn(Self.configuration(.long)) { server in
            let database = try await TestDatabase.create(named: "retry", on: server)
            let connection = try database.connection()
            try Self.create(rows: 100, on: connection)
            try connection.execute("UPDATE city SET divisor = 0 WHERE id IN (10, 20, 30, 40)")
            var options = Self.options
            options.maxSkipped = 4
            _ = try await Coordinator(database.options).run(Self.sums, options: options)
            try connection.execute("UPDATE city SET divisor = 1 WHERE id <> 30")
            connection.close()

            try await withFaultProxy(for: database) { proxy in
                let crashed = proxy.arm(.reply(sqlState: "22012"), .crash(crash))
                let retry = Coordinator(try proxy.options)
                // It may give up with the connection: the same command again goes on.
                _ = try? await retry.retrySkipped(Self.sums)
                try await crashed.wait()
                let (_, left, _) = try await retry.retrySkipped(Self.sums)
                #expect(left == 1)
            }
            try Self.expectExact(nil, rows: 100, skipped: [30], database)
        }
    }
}

// MARK: - The runs

extension CrashTests {
    /// Each case has a database of its own, on one server. The body says how many rows were done again.
    private static func withCases(
        _ delay: Delay,
        _ body: (Failure, Crash, TestDatabase) async throws -> Int
    ) async throws {
        try await TestServer.withOwn(configuration(delay)) { server in
            var rowsDoneAgain = 0
            for failure in Failure.allCases {
                for crash in Crash.allCases {
                    let name = "\(failure)_\(crash)".lowercased()
                    rowsDoneAgain += try await body(failure, crash, .create(named: name, on: server))
                }
            }
            // Otherwise nothing was taken back, and nothing was tested. In a single case the log may just have been
            // written, as it also is whenever a page of it is full.
            if delay == .long { #expect(rowsDoneAgain > 0) }
        }
    }

    private static func configuration(_ delay: Delay) -> PrivateServer.Configuration {
        var configuration = TestServer.throwaway()
        configuration.settings["wal_writer_delay"] = delay.rawValue
        return configuration
    }

    private static var options: RunOptions {
        var options = RunOptions.chunks(of: 4)
        options.maxSkipped = 1
        return options
    }

    private static func run(
        _ backfill: Backfill,
        _ failure: Failure,
        _ crash: Crash,
        _ database: TestDatabase
    ) async throws -> Int {
        try create(rows: 0, on: database.connection())
        let holder = try prepare(failure, rows: 1...rows, database)
        let reported = Atomic(0)
        let result = try await withFaultProxy(for: database) { proxy in
            let crashed = proxy.arm(.reply(sqlState: failure.rawValue), .crash(crash))
            let result = try await Coordinator(proxy.options).run(backfill, options: options) { event in
                guard case .chunk(let chunk) = event else { return }
                reported.wrappingAdd(chunk.scanned, ordering: .relaxed)
            }
            try await crashed.wait()
            return result
        }
        holder?.close()
        try expectExact(result, rows: rows, skipped: failure == .badRow ? [obstacle] : [], database)
        return reported.load(ordering: .relaxed) - rows
    }

    /// Adds rows with an obstacle among them; the connection holds the lock until the crash ends it.
    private static func prepare(
        _ failure: Failure,
        rows: ClosedRange<Int>,
        _ database: TestDatabase
    ) throws -> Connection? {
        let connection = try database.connection()
        try connection.runScript("BEGIN")
        try fill(rows, on: connection)
        switch failure {
        case .badRow:
            try connection.runScript("UPDATE city SET divisor = 0 WHERE id = \(obstacle); COMMIT")
            return nil
        case .lockTimeout:
            let holder = try database.connection()
            try connection.runScript("COMMIT")
            try holder.runScript("BEGIN; SELECT FROM city WHERE id = \(obstacle) FOR UPDATE")
            return holder
        }
    }
}

// MARK: - The table and what must be in it

extension CrashTests {
    private static func create(rows: Int, on connection: Connection) throws {
        try connection.runScript(
            """
            CREATE TABLE city (
                id bigint PRIMARY KEY, population bigint NOT NULL, divisor integer NOT NULL DEFAULT 1,
                hits integer NOT NULL DEFAULT 0
            );
            CREATE TABLE country (code bigint PRIMARY KEY, cities bigint NOT NULL);
            CREATE FUNCTION divide() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN NEW.hits := NEW.hits / NEW.divisor; RETURN NEW; END $$;
            CREATE TRIGGER divide BEFORE UPDATE OF hits ON city FOR EACH ROW EXECUTE FUNCTION divide();
            """
        )
        if rows > 0 { try fill(1...rows, on: connection) }
        try connection.runScript("ANALYZE city")
    }

    /// All the work is in the first range, as after a table that grew on one side.
    private static func createOneRange(rows: Int, _ database: TestDatabase) async throws {
        let connection = try database.connection()
        try create(rows: rows, on: connection)
        let stop = StopSignal()
        stop.request()
        _ = try await Coordinator(database.options).run(sums, stop: stop)
        try connection.execute(
            """
            UPDATE caisson.backfill_range AS first
            SET upper_bound = (SELECT upper_bound FROM caisson.backfill_run), rows_estimated = \(rows)
            WHERE ordinal = 1
            """
        )
        try connection.execute(
            "UPDATE caisson.backfill_range SET state = 'done', cursor = upper_bound WHERE ordinal > 1"
        )
    }

    private static func fill(_ rows: ClosedRange<Int>, on connection: Connection) throws {
        try connection.execute(
            "INSERT INTO city (id, population) SELECT n, n FROM generate_series(\(rows.lowerBound), \(rows.upperBound)) AS n"
        )
    }

    /// Counts each row where it stands and in another table: a chunk applied twice or left out shows in both.
    private static let sums = limited(
        "sums",
        """
        WITH hit AS (
            UPDATE city SET hits = city.hits + 1 FROM chunk WHERE city.id = chunk.id RETURNING city.id
        )
        INSERT INTO country (code, cities)
        SELECT id % 7, count(*) FROM hit GROUP BY 1 ORDER BY 1
        ON CONFLICT (code) DO UPDATE SET cities = country.cities + excluded.cities
        """
    )

    private static func limited(_ name: String, _ statement: String) -> Backfill {
        Backfill(
            name: name,
            table: Identifier("city"),
            key: [],
            condition: nil,
            verification: nil,
            work: .sql(SQLText(statement)),
            // Shorter than what the log's writer sleeps, so that it mostly has not come by between chunk and failure.
            limits: ChunkLimits(lockTimeout: .milliseconds(20))
        )
    }

    private static func scanned(_ database: TestDatabase) -> Int {
        guard let connection = try? database.connection() else { return 0 }
        return
            (try? connection.queryOne(
                "SELECT sum(rows_scanned)::bigint FROM caisson.backfill_range",
                as: Int.self
            )) ?? 0
    }

    private static func expectExact(
        _ result: RunResult?,
        rows: Int,
        skipped: [Int],
        _ database: TestDatabase
    ) throws {
        let connection = try database.connection()
        let state = try connection.queryOne("SELECT state FROM caisson.backfill_run", as: String.self)
        #expect(state == "completed", "\(database.name)")
        if let result { #expect(result.run.state == .completed, "\(database.name)") }
        let wrong = try connection.queryOne(
            """
            SELECT count(*) FILTER (WHERE hits > 1), count(*) FILTER (WHERE hits < 1 AND id <> ALL (\(skipped))),
                   count(*) FILTER (WHERE hits > 0 AND id = ANY (\(skipped)))
            FROM city
            """,
            as: Int.self,
            Int.self,
            Int.self
        )
        #expect(wrong == (0, 0, 0), "\(database.name): rows applied twice, left out, applied and skipped")
        let counters = try connection.queryOne(
            "SELECT sum(rows_scanned)::bigint, sum(rows_skipped)::bigint FROM caisson.backfill_range",
            as: Int.self,
            Int.self
        )
        #expect(counters == (rows, skipped.count), "\(database.name): rows scanned and skipped")
        let listed = try connection.query(
            "SELECT key[1]::bigint FROM caisson.backfill_skipped ORDER BY 1",
            as: Int.self
        )
        #expect(listed == skipped, "\(database.name)")
        let counted = try connection.queryOne(
            "SELECT coalesce(sum(cities), 0)::bigint FROM country",
            as: Int.self
        )
        #expect(counted == 0 || counted == rows - skipped.count, "\(database.name): \(counted) rows counted")
    }
}

/// Counts each row where it stands, through Swift; the server divides.
private struct Weighing: RowBackfill {
    let name = "weighing"
    let source = Source(
        table: "city",
        key: "id",
        columns: "id",
        "hits",
        limits: ChunkLimits(lockTimeout: .milliseconds(20))
    )
    let sink = Sink.update("city", key: ["id"], set: ["hits"])

    func transform(_ row: Row, into output: inout Output) throws {
        let (id, hits) = try row.decode(Int64.self, Int32.self)
        try output.write(id, hits + 1)
    }
}
