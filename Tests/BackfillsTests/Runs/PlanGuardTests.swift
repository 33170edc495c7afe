@testable import Backfills
import Postgres
import Synchronization
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

    /// What a worker learned of a plan is not for ever: the index that it used may go.
    @Test func `a plan that flips in the middle of a run is noticed, and the run stops with it`() async throws
    {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 60_000, on: connection)
        try connection.runScript("CREATE INDEX city_population ON city (population); ANALYZE city")
        let backfill = Cities.sql(
            "neighbours",
            """
            INSERT INTO country
            SELECT city.id::text, (SELECT count(*) FROM city AS other WHERE other.population = city.population), 0
            FROM chunk JOIN city ON city.id = chunk.id
            """
        )
        // Small chunks, or one of them would take a minute once the index is gone.
        var options = RunOptions()
        options.sizing = .adaptive(target: 0.002)
        let chunks = Atomic(0)
        let schema = try database.session()
        let dropped = Gate("the index is dropped")

        let failure = await #expect(throws: BackfillError.self) {
            _ = try await Coordinator(database.options).run(backfill, options: options) { event in
                guard case .chunk = event, chunks.wrappingAdd(1, ordering: .relaxed).newValue == 20 else {
                    return
                }
                Task {
                    _ = try await schema.withConnection { try $0.execute("DROP INDEX city_population") }
                    dropped.open()
                }
            }
        }

        #expect(dropped.isOpen)
        let message = "\(failure, default: "")"
        #expect(message.contains("reads all of public.city for every chunk (Seq Scan)"))
        #expect(message.contains("Seq Scan on city other"))
        #expect(message.contains("Filter: (population = city.population)"))
        let stored = try connection.queryOne("SELECT last_error FROM caisson.backfill_run", as: String.self)
        #expect(stored == message)
        let (scanned, written) = try connection.queryOne(
            "SELECT (SELECT sum(rows_scanned)::bigint FROM caisson.backfill_range), (SELECT count(*) FROM country)",
            as: Int.self,
            Int.self
        )
        #expect(scanned == written)
        #expect(scanned > 0 && scanned < 60_000)
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
