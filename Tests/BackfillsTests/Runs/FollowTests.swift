@testable import Backfills
import Postgres
import Synchronization
import TestSupport
import Testing

/// A run that follows goes on with the rows that arrive, until it is told to stop.
@Suite(.freshDatabase) struct FollowTests {
    private static func following(_ size: Int = 100) -> RunOptions {
        var options = RunOptions.chunks(of: size)
        options.atEnd = .follow
        return options
    }

    @Test func `rows that arrive are walked, and a stop finishes the run`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 500, on: connection)
        let follower = Follower()

        async let running = Coordinator(database.options).run(
            Cities.sums,
            options: Self.following(),
            stop: follower.stop,
            report: follower.take
        )
        try await follower.idle.wait()
        try Self.add(501...700, connection)
        try await follower.caughtUp.wait()
        follower.stop.request()
        let result = try await running

        #expect(result.run.state == .verified)
        #expect(result.progress.scanned == 700)
        #expect(result.progress.ranges == 1)
        #expect(follower.arrived.load(ordering: .relaxed) == 200)
        #expect(try connection.queryOne("SELECT sum(cities)::bigint FROM country", as: Int.self) == 700)
        let bound = try connection.queryOne(
            "SELECT upper_bound[1] FROM caisson.backfill_run",
            as: String.self
        )
        #expect(bound == "\(700 * 700)")
    }

    @Test func `a table that was empty at the start is followed too`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 0, on: connection)
        let follower = Follower()

        async let running = Coordinator(database.options).run(
            SplitNames().definition(),
            options: Self.following(),
            stop: follower.stop,
            report: follower.take
        )
        try await follower.idle.wait()
        try Self.add(1...50, connection)
        try await follower.caughtUp.wait()
        follower.stop.request()
        let result = try await running

        #expect(result.run.state == .verified)
        #expect(result.progress.scanned == 50)
    }

    /// Keys are drawn before they are committed: 501 is drawn first and committed last.
    @Test func `a row that is committed behind a later one is not passed over`() async throws {
        let database = try TestDatabase.current
        let (connection, late) = (try database.connection(), try database.connection())
        try Cities.create(rows: 500, on: connection)
        let follower = Follower()

        async let running = Coordinator(database.options).run(
            Cities.sums,
            options: Self.following(),
            stop: follower.stop,
            report: follower.take
        )
        try await follower.idle.wait()
        try late.runScript("BEGIN")
        try Self.add(501...501, late)
        try Self.add(502...510, connection)
        try await follower.waiting.wait()
        #expect(follower.arrived.load(ordering: .relaxed) == 0)
        try late.runScript("COMMIT")
        try await follower.caughtUp.wait()
        follower.stop.request()
        let result = try await running

        #expect(result.run.state == .verified)
        #expect(result.progress.scanned == 510)
    }

    @Test func `a pause holds a run that follows, although all its ranges are done`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 500, on: connection)
        let idle = Gate("the run follows")
        let coordinator = Coordinator(try database.options)

        async let running = coordinator.run(
            Cities.sums,
            options: Self.following(),
            report: { if case .following = $0 { idle.open() } }
        )
        try await idle.wait()
        try connection.execute("UPDATE caisson.backfill_run SET wanted = 'paused'")
        let paused = try await running
        #expect(paused.run.state == .paused)

        try await coordinator.resume("sums")
        #expect(try await coordinator.run(Cities.sums).run.state == .verified)
    }

    @Test func `partitions are followed each for itself`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try connection.runScript(
            """
            CREATE TABLE reading (id bigint, place text, doubled bigint, PRIMARY KEY (place, id)) PARTITION BY LIST (place);
            CREATE TABLE reading_north PARTITION OF reading FOR VALUES IN ('north');
            CREATE TABLE reading_south PARTITION OF reading FOR VALUES IN ('south');
            INSERT INTO reading SELECT number, 'north' FROM generate_series(1, 100) AS number;
            ANALYZE reading;
            """
        )
        let backfill = Cities.sql(
            "doubled",
            table: "reading",
            verify: "SELECT count(*) FROM reading WHERE doubled IS NULL",
            """
            UPDATE reading SET doubled = 2 * reading.id FROM chunk
            WHERE reading.place = chunk.place AND reading.id = chunk.id
            """
        )
        let follower = Follower()

        async let running = Coordinator(database.options).run(
            backfill,
            options: Self.following(),
            stop: follower.stop,
            report: follower.take
        )
        try await follower.idle.wait()
        try connection.runScript(
            """
            INSERT INTO reading SELECT number, place
            FROM generate_series(101, 150) AS number, unnest(ARRAY['north', 'south']) AS place
            """
        )
        try await follower.caughtUp.wait()
        follower.stop.request()
        let result = try await running

        #expect(result.run.state == .verified)
        #expect(result.progress.scanned == 200)
    }

    @Test func `a walk by places has nothing to follow`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 10, on: connection)
        let backfill = Cities.sql(
            "by_place",
            key: ["ctid"],
            where: "search_name IS NULL",
            "UPDATE city SET search_name = 'x' FROM chunk WHERE city.ctid = chunk.ctid"
        )
        let failure = await #expect(throws: BackfillError.self) {
            _ = try await Coordinator(database.options).run(backfill, options: Self.following())
        }
        #expect("\(failure, default: "")".contains("caisson backfill run by_place"))
    }

    @Test func `a bound moves when those who wrote before it have ended`() {
        let candidates = Candidates()
        let (ten, twenty, thirty) = (Key(["10"]), Key(["20"]), Key(["30"]))
        #expect(candidates.settle(1, behind: ten, last: twenty, writers: ["3/1"]) == nil)
        // Others come and go; only the first matters.
        #expect(candidates.settle(1, behind: ten, last: thirty, writers: ["3/1", "4/7"]) == nil)
        #expect(candidates.settle(1, behind: ten, last: thirty, writers: ["4/7"]) == twenty)
        #expect(candidates.settle(1, behind: twenty, last: thirty, writers: ["4/7"]) == nil)
        #expect(candidates.settle(1, behind: twenty, last: thirty, writers: []) == thirty)
    }

    private static func add(_ numbers: ClosedRange<Int>, _ connection: Connection) throws {
        try connection.execute(
            """
            INSERT INTO city (id, name, country, population)
            SELECT number * number, 'City Ä ' || number, 'C' || number % 7, number
            FROM generate_series(\(numbers.lowerBound), \(numbers.upperBound)) AS number
            """
        )
    }
}

/// Watches a run that follows, and tells it to stop.
private final class Follower: Sendable {
    let stop = StopSignal()
    /// All that was there at the start is done.
    let idle = Gate("the run follows")
    /// Rows have arrived that an open transaction holds back.
    let waiting = Gate("the run waits for the writer")
    /// All that has arrived is done.
    let caughtUp = Gate("the run has caught up")
    /// The rows that have arrived and were done.
    let arrived = Atomic(0)

    var take: @Sendable (BackfillEvent) -> Void {
        { [self] event in
            guard case .following(let rows, let behind) = event else { return }
            let sum = arrived.wrappingAdd(rows, ordering: .relaxed).newValue
            if behind > 0 { return waiting.open() }
            if rows == 0 { (sum == 0 ? idle : caughtUp).open() }
        }
    }
}
