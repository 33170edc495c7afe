import Backfills
import Bulk
import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase) struct RowBackfillTests {
    @Test(arguments: [1, 2]) func `rows are streamed, transformed and upserted`(workers: Int) async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 12_000, on: connection)

        let result = try await Coordinator(database.options).run(
            SplitNames().definition(),
            options: .chunks(of: 700, workers: workers)
        )

        #expect(result.run.state == .verified)
        #expect(result.progress.scanned == 12_000)
        #expect(result.progress.changed == 36_000)
        #expect(result.progress.moved == 0)
        let words = try connection.queryOne(
            "SELECT count(*), count(DISTINCT city_id) FROM city_name",
            as: Int.self,
            Int.self
        )
        #expect(words == (36_000, 12_000))
    }

    @Test func `each batch has a snapshot of its own, behind the last key`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 3000, on: connection)
        var options = RunOptions.chunks(of: 100)
        // No snapshot lasts for less than a statement takes.
        options.snapshotAge = 0

        let result = try await Coordinator(database.options).run(SplitNames().definition(), options: options)

        #expect(result.run.state == .verified)
        #expect(result.progress.changed == 9000)
    }

    /// Each batch is read behind the key of the one before, so a key that were read wrongly would miss rows or meet them again.
    @Test(arguments: [
        Source(table: "stop", key: "line, name", columns: "place"),
        Source(table: "stop", key: "line, name", columns: "line", "place"),
        Source(table: "stop", key: "line, name", columns: "name", "line", "place"),
    ])
    func `the key is known whether or not the author reads it`(source: Source) async throws {
        let database = try TestDatabase.current
        try database.connection().runScript(
            """
            CREATE TABLE stop (line smallint, name text, place text NOT NULL, PRIMARY KEY (line, name));
            INSERT INTO stop SELECT number % 5, 'No. ' || number, 'place ' || number FROM generate_series(1, 100) AS number;
            CREATE TABLE seen (place text NOT NULL);
            """
        )
        var options = RunOptions.chunks(of: 7)
        options.snapshotAge = 0

        let result = try await Coordinator(database.options)
            .run(Places(source: source).definition(), options: options)

        #expect(result.run.state == .completed)
        let seen = try database.connection()
            .queryOne("SELECT count(*), count(DISTINCT place) FROM seen", as: Int.self, Int.self)
        #expect(seen == (100, 100))
    }

    @Test func `a reader lets go of its snapshot while the writer is busy, and takes a new one then`()
        async throws
    {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 3000, on: connection)
        try Turnstile.build(on: connection)
        try Turnstile.close(on: connection)
        let coordinator = Coordinator(try database.options)
        var options = RunOptions.chunks(of: 100)
        options.snapshotAge = 0.2
        var source = SplitNames().source
        source = Source(
            table: "city",
            key: "id",
            columns: "id",
            "name",
            limits: ChunkLimits(lockTimeout: .seconds(60))
        )

        async let running = coordinator.run(SplitNames(source: source).definition(), options: options)
        try await Turnstile.untilSomebodyWaits(connection)
        try await eventually("the reader is there and holds no snapshot") {
            try connection.queryOne(
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND application_name LIKE 'caisson split_names reader %'
                  AND backend_xmin IS NULL AND xact_start IS NULL
                """,
                as: Int.self
            ) == 1
        }
        #expect(try await coordinator.statuses(of: "split_names").first?.snapshotAge == nil)
        try Turnstile.open(on: connection)
        let result = try await running
        #expect(result.run.state == .verified)
        #expect(result.progress.changed == 9000)
    }

    /// The horizon is the oldest transaction that a reader may still see: it has to follow those that others end.
    @Test func `the horizon moves on while the reader reads, and its age is in the status`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        // More than are read until it has been seen, whatever else the machine has to do.
        try Cities.create(rows: 30_000, on: connection)
        try connection.runScript(
            """
            CREATE FUNCTION slow(bigint) RETURNS boolean LANGUAGE plpgsql STABLE AS
            $$ BEGIN PERFORM pg_sleep(0.001); RETURN true; END $$;
            """
        )
        let coordinator = Coordinator(try database.options)
        let options = RunOptions.chunks(of: 50)
        let source = Source(table: "city", key: "id", columns: "id", "name", where: "slow(id)")

        let stop = StopSignal()
        async let running =
            coordinator
            .run(SplitNames(source: source).definition(), options: options, stop: stop)
        var horizons: Set<Int> = []
        var ages: [Double] = []
        try await eventually("five horizons") {
            // Each look is a transaction with a number of its own, so that there is something to move past.
            let horizon = try connection.queryOptional(
                """
                SELECT min(backend_xmin::text::bigint) FROM pg_stat_activity
                WHERE datname = current_database() AND application_name LIKE 'caisson split_names reader %'
                  AND backend_xmin IS NOT NULL AND pg_current_xact_id() IS NOT NULL
                HAVING count(*) > 0
                """,
                as: Int.self
            )
            if let horizon { horizons.insert(horizon) }
            if let age = try await coordinator.statuses(of: "split_names").first?.snapshotAge {
                ages.append(age)
            }
            return horizons.count >= 5
        }
        stop.request()
        #expect(try await running.run.state == .paused)
        #expect(!ages.isEmpty)
        #expect(ages.allSatisfy { $0 >= 0 && $0 < 10 })
    }

    @Test func `a row that cannot be transformed stops the run and is named`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 500, on: connection)

        let failure = await #expect(throws: BackfillError.self) {
            _ = try await Coordinator(database.options).run(Picky().definition(), options: .chunks(of: 100))
        }

        #expect("\(failure, default: "")".contains("the row with key 90000 cannot be applied: odd(300)"))
        #expect(
            try connection.queryOne("SELECT count(*) FROM city WHERE search_name = 'seen'", as: Int.self)
                == 299
        )
        let state = try connection.queryOne("SELECT state FROM caisson.backfill_run", as: String.self)
        #expect(state == "failed")
    }

    @Test func `a key that is not unique is refused`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 10, on: connection)
        try connection.execute("CREATE INDEX ON city (country)")
        let backfill = SplitNames(source: Source(table: "city", key: "country", columns: "id", "name"))

        let failure = await #expect(throws: BackfillError.self) {
            _ = try await Coordinator(database.options).run(backfill.definition())
        }

        #expect("\(failure, default: "")".contains("(country) is not unique"))
    }

    @Test func `columns of any type can be read as text`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try connection.runScript(
            """
            CREATE TABLE thing (id uuid PRIMARY KEY, price numeric, day date, span interval, copied text);
            INSERT INTO thing VALUES ('00000000-0000-0000-0000-000000000001', 12.50, '2026-11-21', '1 day 02:00', NULL),
                                     ('00000000-0000-0000-0000-000000000002', NULL, NULL, NULL, NULL);
            """
        )

        _ = try await Coordinator(database.options).run(CopyThings().definition())

        let copied = try connection.query("SELECT copied FROM thing ORDER BY id", as: String.self)
        #expect(copied == ["12.50 2026-11-21 1 day 02:00:00", "- - -"])
    }
}

/// Throws at the 300th city.
private struct Picky: RowBackfill {
    enum Trouble: Error { case odd(Int64) }

    let name = "picky"
    let source = Source(table: "city", key: "id", columns: "id", "population")
    let sink = Sink.update("city", key: ["id"], set: ["search_name"])

    func transform(_ row: Row, into output: inout Output) throws {
        let (id, population) = try row.decode(Int64.self, Int64.self)
        if population == 300 { throw Trouble.odd(population) }
        try output.write(id, "seen")
    }
}

private struct CopyThings: RowBackfill {
    let name = "copy_things"
    let source = Source(table: "thing", key: "id", columns: "id", "price", "day", "span")
    let sink = Sink.update("thing", key: ["id"], set: ["copied"])

    func transform(_ row: Row, into output: inout Output) throws {
        let id = try row.value(UUIDText.self, at: 0)
        let (price, day, span) = try row.decode(from: 1, String?.self, String?.self, String?.self)
        try output.write(id.text, [price, day, span].map { $0 ?? "-" }.joined(separator: " "))
    }
}

/// A uuid as its text, from the 16 bytes of the binary form.
private struct UUIDText: PostgresDecodable {
    let text: String

    static func decode(_ cell: Cell) throws(DecodingFailure) -> UUIDText {
        UUIDText(
            text: try cell.nonNull(UUIDText.self).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
                .joined()
        )
    }
}

/// Takes down the place of each stop.
private struct Places: RowBackfill {
    let name = "places"
    let source: Source
    let sink = Sink.insert(into: "seen", columns: ["place"])

    func transform(_ row: Row, into output: inout Output) throws {
        try output.write(row.value(String.self, named: "place"))
    }
}
