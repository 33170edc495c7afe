@testable import Backfills
import Postgres
import TestSupport
import Testing

/// A chunk must not read the whole table.
@Suite(.freshDatabase) struct PlanGuardTests {
    @Test func `a statement that joins the walked table is kept to sizes whose plan is good`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 200_000, on: connection)

        let finding = try Self.inspect(Cities.sums, limit: 40_000, connection)
        guard case .wholeTable("Seq Scan", let plan) = finding else {
            Issue.record("\(finding)")
            return
        }
        #expect(plan.contains("Seq Scan on city"))
        #expect(try Self.inspect(Cities.sums, limit: 500, connection) == .fine)

        let result = try await Coordinator(database.options).run(Cities.sums)
        #expect(result.run.state == .verified)
        let scans = try connection.queryOne(
            "SELECT coalesce(max(rows_scanned / greatest(chunks, 1)), 0)::bigint FROM caisson.backfill_range",
            as: Int.self
        )
        #expect(scans < 40_000)
    }

    @Test func `an update of the walked table carries the interval at any size`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 200_000, on: connection)
        #expect(try Self.inspect(Cities.normalize, limit: 40_000, connection) == .fine)
    }

    @Test func `a statement that can do no better is refused`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 200_000, on: connection)
        let backfill = Cities.sql(
            "everything",
            "INSERT INTO country SELECT chunk.id::text, (SELECT count(*) FROM city WHERE name <> chunk.id::text), 0 FROM chunk"
        )

        let failure = await #expect(throws: BackfillError.self) {
            _ = try await Coordinator(database.options).run(backfill)
        }
        #expect("\(failure, default: "")".contains("reads all of public.city for every chunk (Seq Scan)"))
    }

    private static func inspect(
        _ backfill: Backfill,
        limit: Int,
        _ connection: Connection
    ) throws -> PlanGuard.Finding {
        guard case .sql(let statement) = backfill.work else { return .fine }
        let source = try SourceTableLookup(backfill, on: connection).resolve()
        let work = try SQLWork(backfill, statement: statement, source: source, limit: limit, on: connection)
        let range = ClaimedRange(id: 0, ordinal: 1, cursor: nil, upper: Key(["40000000000"]), epoch: 0)
        return try PlanGuard(source: source, limits: backfill.limits).inspect(work, range, on: connection)
    }
}
