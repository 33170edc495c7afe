import Backfills
import Bulk
import Foundation
import Postgres
import Synchronization
import TestSupport
import Testing

/// A transform that takes longer over a batch than the lease lasts: it asks another service, say. The range stays with its
/// worker, and a stop does not wait for the end of the batch.
@Suite(.freshDatabase) struct SlowTransformTests {
    private static let rows = 4000

    @Test(.untilItHangs)
    func `four workers whose batches take longer than the lease keep their ranges`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Self.create(connection)
        var options = RunOptions.chunks(of: 1000, workers: 4)
        // Less than a batch takes, and more than a busy machine stands still.
        options.lease = 12
        let stop = StopSignal()
        let lost = Atomic(0)

        let run = Task { [options] in
            try await Coordinator(database.options).run(
                Slow(seconds: 0.016).definition(),
                options: options,
                stop: stop,
                report: { if case .leaseLost = $0 { lost.wrappingAdd(1, ordering: .relaxed) } }
            )
        }
        // 16 s of work for each of four, in one batch.
        let giveUp = Task {
            // Workers that take ranges from each other go on for ever, and nothing announces that: only time tells.
            try await Task.sleep(for: .patience)
            stop.request()
        }
        let result = try await run.value
        giveUp.cancel()

        #expect(result.run.state == .completed)
        #expect(result.progress.changed == Self.rows)
        #expect(lost.load(ordering: .relaxed) == 0)
        // One owner for each range; where an idle worker took half of one, there are two.
        let owners = try connection.queryOne(
            "SELECT max(epoch), sum(epoch)::bigint <= 2 * count(*) FROM caisson.backfill_range",
            as: Int.self,
            Bool.self
        )
        #expect(owners.0 <= 3)
        #expect(owners.1)
    }

    /// The batch alone has a minute of work.
    @Test(.untilItHangs, arguments: ["stop", "cancel"])
    func `a stop in the middle of a long batch is obeyed long before its end`(way: String) async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Self.create(connection)
        let stop = StopSignal()
        let seen = Atomic(0)
        let slow = Slow(seconds: 0.02) { seen.wrappingAdd(1, ordering: .relaxed) }

        let run = Task {
            try await Coordinator(database.options)
                .run(slow.definition(), options: .chunks(of: 3000), stop: stop)
        }
        try await eventually("rows are transformed") { seen.load(ordering: .relaxed) > 10 }
        let start = ContinuousClock.now
        if way == "stop" { stop.request() } else { run.cancel() }
        let result = await run.result
        // Far from the end of the batch, and more than a busy machine stands still.
        #expect(ContinuousClock.now - start < .seconds(30))

        if way == "stop" { #expect(try result.get().run.state == .paused) }
        let held = try connection.queryOne(
            "SELECT count(*) FROM caisson.backfill_range WHERE state = 'running'",
            as: Int.self
        )
        #expect(way == "cancel" || held == 0)
        // What was under way is rolled back, and the next run does it.
        let again = try await Coordinator(database.options)
            .run(Slow(seconds: 0).definition(), options: .chunks(of: 3000))
        #expect(again.run.state == .completed)
        #expect(again.progress.changed == Self.rows)
    }

    @Test(.untilItHangs)
    func `no snapshot of a reader grows older than the limit, however long a batch takes`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Self.create(connection)
        var options = RunOptions.chunks(of: 1000)
        options.snapshotAge = 0.5
        let stop = StopSignal()
        let seen = Atomic(0)
        let slow = Slow(seconds: 0.01) { seen.wrappingAdd(1, ordering: .relaxed) }

        let run = Task { [options] in
            try await Coordinator(database.options).run(slow.definition(), options: options, stop: stop)
        }
        // Two batches and more, each of which takes twenty times as long as a snapshot may live.
        var oldest = 0.0
        try await eventually("2200 rows are transformed", every: .milliseconds(50)) {
            oldest = max(oldest, try Self.snapshotAge(connection))
            return seen.load(ordering: .relaxed) > 2200
        }
        stop.request()
        _ = try await run.value
        #expect(oldest < 8)
    }

    /// The age of the oldest transaction of the run that keeps vacuum from removing rows.
    private static func snapshotAge(_ connection: Connection) throws -> Double {
        try connection.queryOne(
            """
            SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0)::double precision
            FROM pg_stat_activity
            WHERE datname = current_database() AND application_name LIKE 'caisson slow %' AND backend_xmin IS NOT NULL
            """,
            as: Double.self
        )
    }

    private static func create(_ connection: Connection) throws {
        try connection.runScript(
            """
            CREATE TABLE slow (id bigint PRIMARY KEY, doubled bigint);
            INSERT INTO slow SELECT n FROM generate_series(1, \(rows)) AS n;
            ANALYZE slow;
            """
        )
    }
}

/// Takes its time over each row.
private struct Slow: RowBackfill {
    let name = "slow"
    let source = Source(table: "slow", key: "id", columns: "id", where: "doubled IS NULL")
    let sink = Sink.update("slow", key: ["id"], set: ["doubled"])
    let seconds: Double
    let note: @Sendable () -> Void

    init(seconds: Double, note: @escaping @Sendable () -> Void = {}) {
        (self.seconds, self.note) = (seconds, note)
    }

    func transform(_ row: Row, into output: inout Output) throws {
        if seconds > 0 { Thread.sleep(forTimeInterval: seconds) }
        note()
        let id = try row.decode(Int64.self)
        try output.write(id, id * 2)
    }
}
