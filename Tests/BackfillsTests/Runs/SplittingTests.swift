import Backfills
import Postgres
import TestSupport
import Testing

/// A worker that finds nothing free takes half of what another one has before it.
@Suite(.freshDatabase) struct SplittingTests {
    @Test func `a large range is shared by idle workers, exactly`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 240_000, on: connection)
        let coordinator = Coordinator(try database.options)
        let stop = StopSignal()
        stop.request()
        let run = try await coordinator.run(Cities.sums, stop: stop).run
        // All the work is in the first of eight ranges, as after a table that grew on one side.
        try connection.execute(
            """
            UPDATE caisson.backfill_range SET state = 'done', cursor = upper_bound WHERE ordinal > 1
            """
        )
        try connection.execute(
            """
            UPDATE caisson.backfill_range AS first
            SET upper_bound = (SELECT upper_bound FROM caisson.backfill_range WHERE ordinal = 8), rows_estimated = 240000
            WHERE ordinal = 1
            """
        )

        let result = try await coordinator.run(Cities.sums, options: .chunks(of: 2000, workers: 2))

        #expect(result.run.id == run.id)
        #expect(result.run.state == .verified)
        #expect(result.progress.ranges > 8)
        #expect(result.progress.scanned == 240_000)
        let owners = try connection.queryOne(
            "SELECT count(DISTINCT owner) FROM caisson.backfill_range WHERE rows_scanned > 0",
            as: Int.self
        )
        #expect(owners == 2)
    }
}
