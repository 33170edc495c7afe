import Backfills
import Postgres
import Synchronization
import TestSupport
import Testing

/// Tables without a key are walked by the places of their rows, which every UPDATE changes.
@Suite(.freshDatabase) struct PlaceWalkTests {
    /// Counts how often each row was met.
    static let count = Cities.sql(
        "count",
        table: "thing",
        where: "NOT done",
        "UPDATE thing SET met = met + 1, done = true FROM chunk WHERE thing.ctid = chunk.ctid"
    )

    @Test func `a table without a key is walked whole, each row once`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Self.create(rows: 30_000, on: connection)

        let result = try await Coordinator(database.options).run(
            Self.count,
            options: .chunks(of: 700, workers: 2)
        )

        #expect(result.run.state == .completed)
        #expect(result.progress.changed == 30_000)
        #expect(result.progress.ranges == 8)
        try Self.expectEachOnce(30_000, connection)
    }

    @Test func `what writers move behind the walk is found in the end`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Self.create(rows: 20_000, on: connection)
        let done = Atomic(false)
        let writer = Task {
            let session = try database.session()
            var writes = 0
            while !done.load(ordering: .relaxed) {
                let number = Int.random(in: 1...20_000)
                let vacuums = writes % 200 == 0
                writes += try await session.withConnection { connection in
                    // Vacuum frees places behind the walk, into which the next updates go.
                    if vacuums { try connection.execute("VACUUM (TRUNCATE off) thing") }
                    return try connection.execute(
                        "UPDATE thing SET writes = writes + 1 WHERE number = \(number)"
                    )
                }
            }
            await session.close()
            return writes
        }

        let result = try await Coordinator(database.options).run(
            Self.count,
            options: .chunks(of: 100, workers: 2)
        )
        done.store(true, ordering: .relaxed)
        let writes = try await writer.value

        #expect(result.run.state == .completed)
        #expect(result.progress.changed == 20_000)
        try Self.expectEachOnce(20_000, connection)
        #expect(writes > 0)
        #expect(try connection.queryOne("SELECT sum(writes)::bigint FROM thing", as: Int.self) == writes)
    }

    @Test func `a row that moves behind the cursor is met in another pass`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Self.create(rows: 2000, on: connection)
        let options = try database.options
        let passes = Mutex<[Int]>([])
        let moved = Atomic(false)

        let result = try await Coordinator(database.options).run(Self.count, options: .chunks(of: 100)) {
            switch $0 {
            case .chunk where !moved.exchange(true, ordering: .relaxed):
                #expect(throws: Never.self) { try Self.moveRowToTheFront(options) }
            case .anotherPass(let number, _): passes.withLock { $0.append(number) }
            default: break
            }
        }

        #expect(passes.withLock { $0 } == [2])
        #expect(result.run.state == .completed)
        #expect(result.progress.changed == 2000)
        #expect(try connection.queryOne("SELECT met FROM thing WHERE number = 1500", as: Int.self) == 1)
        try Self.expectEachOnce(2000, connection)
    }

    @Test func `a table that is rewritten in the middle is walked whole all the same`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Self.create(rows: 5000, on: connection)
        let options = try database.options
        let rewritten = Atomic(false)

        let result = try await Coordinator(database.options).run(Self.count, options: .chunks(of: 1000)) {
            if case .chunk = $0, !rewritten.exchange(true, ordering: .relaxed) {
                // Rows that are not done come to lie before the cursor.
                let script = "CREATE INDEX by_done ON thing (done, number); CLUSTER thing USING by_done"
                #expect(throws: Never.self) { try Connection(options).runScript(script) }
            }
        }

        #expect(result.run.state == .completed)
        try Self.expectEachOnce(5000, connection)
    }

    @Test func `rows are deleted, and copied to another table, by their places`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Self.create(rows: 5000, on: connection)
        try connection.runScript("CREATE TABLE copy (number bigint NOT NULL); CREATE INDEX ON copy (number)")
        let copy = Cities.sql(
            "copy",
            table: "thing",
            where: "NOT EXISTS (SELECT FROM copy WHERE copy.number = thing.number)",
            "INSERT INTO copy SELECT thing.number FROM chunk JOIN thing ON thing.ctid = chunk.ctid"
        )
        let thin = Cities.sql(
            "thin",
            table: "thing",
            where: "number % 2 = 0",
            "DELETE FROM thing USING chunk WHERE thing.ctid = chunk.ctid"
        )

        let coordinator = Coordinator(try database.options)
        _ = try await coordinator.run(copy, options: .chunks(of: 300))
        _ = try await coordinator.run(thin, options: .chunks(of: 300))

        let copied = try connection.queryOne(
            "SELECT count(*), count(DISTINCT number) FROM copy",
            as: Int.self,
            Int.self
        )
        #expect(copied == (5000, 5000))
        let left = try connection.queryOne(
            "SELECT count(*), count(*) FILTER (WHERE number % 2 = 1) FROM thing",
            as: Int.self,
            Int.self
        )
        #expect(left == (2500, 2500))
    }

    @Test func `a row that cannot be applied is recorded once, however often it is met`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Self.create(rows: 2000, on: connection)
        let options = try database.options
        let moved = Atomic(false)
        let backfill = Cities.sql(
            "poison",
            table: "thing",
            where: "NOT done",
            """
            UPDATE thing SET met = met + 1 / (number - 7), done = true FROM chunk WHERE thing.ctid = chunk.ctid
            """
        )
        var run = RunOptions.chunks(of: 100)
        run.maxSkipped = 1

        let result = try await Coordinator(database.options).run(backfill, options: run) {
            if case .chunk = $0, !moved.exchange(true, ordering: .relaxed) {
                #expect(throws: Never.self) { try Self.moveRowToTheFront(options) }
            }
        }

        #expect(result.run.state == .completed)
        #expect(result.progress.skipped == 1)
        let left = try connection.query("SELECT number FROM thing WHERE NOT done", as: Int.self)
        #expect(left == [7])
        // Once it is mended it lies elsewhere, and is not taken off the list as if it had been applied.
        try connection.execute("UPDATE thing SET number = 70000 WHERE number = 7")
        let retried = try await Coordinator(database.options).retrySkipped(backfill)
        #expect(retried.left == 1)
        let reason = try await Coordinator(database.options).skippedRows(of: "poison").first?.message
        #expect(reason?.contains("--restart") == true)
    }

    @Test func `a run that is stopped at the end is not complete before it has looked for the rest`()
        async throws
    {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Self.create(rows: 500, on: connection)
        let stop = StopSignal()

        let stopped = try await Coordinator(database.options).run(Self.count, stop: stop) {
            if case .chunk = $0 { stop.request() }
        }
        #expect(stopped.progress.rangesDone == stopped.progress.ranges)
        #expect(stopped.run.state == .paused)
        let result = try await Coordinator(database.options).run(Self.count)

        #expect(result.run.state == .completed)
        try Self.expectEachOnce(500, connection)
    }

    @Test func `a condition that stays true stops the run before anything is written`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Self.create(rows: 500, on: connection)
        let backfill = Cities.sql(
            "forever",
            table: "thing",
            where: "NOT done",
            "UPDATE thing SET met = met + 1 FROM chunk WHERE thing.ctid = chunk.ctid"
        )

        let failure = await #expect(throws: BackfillError.self) {
            _ = try await Coordinator(database.options).run(backfill)
        }

        #expect("\(failure, default: "")".contains("500 of the chunk's rows of public.thing still fulfil"))
        #expect(try connection.queryOne("SELECT max(met) FROM thing", as: Int.self) == 0)
    }

    @Test func `an application that goes on writing such rows is named in the end`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Self.create(rows: 200, on: connection)
        try connection.runScript(
            """
            CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                INSERT INTO thing (number) VALUES (0);
                RETURN NULL;
            END $$;
            CREATE TRIGGER again AFTER UPDATE ON thing FOR EACH STATEMENT EXECUTE FUNCTION again();
            """
        )

        let failure = await #expect(throws: BackfillError.self) {
            _ = try await Coordinator(database.options).run(Self.count)
        }

        #expect("\(failure, default: "")".contains("after 10 passes 1 rows of public.thing still fulfil"))
        let state = try connection.queryOne("SELECT state FROM caisson.backfill_run", as: String.self)
        #expect(state == "failed")
    }

    @Test(arguments: [
        (nil, "UPDATE thing SET done = true FROM chunk WHERE thing.ctid = chunk.ctid", "no primary key"),
        ("NOT done", "UPDATE thing SET done = true FROM chunk", "thing.ctid = chunk.ctid"),
    ]) func `what such a walk cannot do`(condition: String?, statement: String, message: String) async throws
    {
        let database = try TestDatabase.current
        try Self.create(rows: 10, on: database.connection())
        let backfill = Cities.sql("broken", table: "thing", where: condition, statement)

        let failure = await #expect(throws: BackfillError.self) {
            _ = try await Coordinator(database.options).run(backfill)
        }

        #expect("\(failure, default: "")".contains(message), "\(String(describing: failure))")
    }

    @Test func `a walk by places that is asked for needs a condition`() async throws {
        let database = try TestDatabase.current
        try Cities.create(rows: 10, on: database.connection())
        let backfill = Cities.sql(
            "broken",
            key: ["ctid"],
            "UPDATE city SET search_name = '' FROM chunk WHERE city.ctid = chunk.ctid"
        )

        let failure = await #expect(throws: BackfillError.self) {
            _ = try await Coordinator(database.options).run(backfill)
        }

        #expect("\(failure, default: "")".contains("Add \"where:\""))
    }

    @Test func `a dry run shows a chunk by place and writes nothing`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Self.create(rows: 500, on: connection)

        let dryRun = try await Coordinator(database.options).dryRun(Self.count, chunkSize: 20)

        #expect(dryRun.key == ["ctid"])
        #expect(dryRun.changes.count == 20)
        #expect(try connection.queryOne("SELECT max(met) FROM thing", as: Int.self) == 0)
    }

    static func create(rows: Int, on connection: Connection) throws {
        try connection.runScript(
            """
            CREATE TABLE thing (
                number bigint NOT NULL, met bigint NOT NULL DEFAULT 0, done boolean NOT NULL DEFAULT false,
                writes bigint NOT NULL DEFAULT 0
            ) WITH (autovacuum_enabled = off);
            INSERT INTO thing SELECT generate_series(1, \(rows));
            CREATE INDEX ON thing (number);
            ANALYZE thing;
            """
        )
    }

    /// Frees the places of the first chunk and has a row of a full page in the middle go there.
    private static func moveRowToTheFront(_ options: ConnectionOptions) throws {
        let connection = try Connection(options)
        try connection.execute("VACUUM (TRUNCATE off) thing")
        try connection.execute("UPDATE thing SET writes = 1 WHERE number = 1500")
        let place = try connection.queryOne(
            "SELECT ctid::text FROM thing WHERE number = 1500",
            as: String.self
        )
        #expect(place.hasPrefix("(0,"))
    }

    static func expectEachOnce(_ rows: Int, _ connection: Connection) throws {
        let found = try connection.queryOne(
            "SELECT count(*), min(met), max(met), count(*) FILTER (WHERE done) FROM thing",
            as: Int.self,
            Int.self,
            Int.self,
            Int.self
        )
        #expect(found == (rows, 1, 1, rows))
    }
}
