@testable import Backfills
import Control
import Postgres
import Synchronization
import TestSupport
import Testing

/// One owner at a time, fenced by the epoch.
@Suite(.freshDatabase) struct OwnershipTests {
    @Test func `two coordinators share one run and no chunk is done twice`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 20_000, on: connection)
        let cursors = Mutex<[String: Int]>([:])
        let note: @Sendable (BackfillEvent) -> Void = { event in
            guard case .chunk(let chunk) = event else { return }
            cursors.withLock { $0["\(chunk.range): \(chunk.cursor)", default: 0] += 1 }
        }

        async let first = Coordinator(database.options).run(
            Cities.sums,
            options: .chunks(of: 200, workers: 2),
            report: note
        )
        async let second = Coordinator(database.options).run(
            Cities.sums,
            options: .chunks(of: 200, workers: 2),
            report: note
        )
        let results = try await [first, second]

        #expect(Set(results.map(\.run.id)).count == 1)
        #expect(results.allSatisfy { $0.run.state == .verified && $0.progress.scanned == 20_000 })
        #expect(cursors.withLock { $0.values.allSatisfy { $0 == 1 } })
        #expect(cursors.withLock { $0.count } == results[0].progress.chunks)
    }

    @Test func `two claims get different ranges`() async throws {
        let (database, run) = try await Self.runWithRanges()
        let (one, other) = (try database.connection(), try database.connection())
        let (mine, theirs) = (
            RunStore(schema: ControlSchema(), on: one), RunStore(schema: ControlSchema(), on: other)
        )

        try one.runScript("BEGIN")
        let first = try mine.claim(run: run, owner: "one", lease: 60)
        let second = try theirs.claim(run: run, owner: "other", lease: 60)
        try one.runScript("COMMIT")

        #expect(first?.ordinal == 1)
        #expect(second?.ordinal == 2)
    }

    @Test func `a lease that ran out passes on, and its old owner cannot commit`() async throws {
        let (database, run) = try await Self.runWithRanges()
        let (one, other) = (try database.connection(), try database.connection())
        let (mine, theirs) = (
            RunStore(schema: ControlSchema(), on: one), RunStore(schema: ControlSchema(), on: other)
        )
        let asleep = try #require(try mine.claim(run: run, owner: "asleep", lease: -1))

        let taken = try #require(try theirs.claim(run: run, owner: "awake", lease: 60))
        #expect(taken.id == asleep.id)
        #expect(taken.epoch == asleep.epoch + 1)

        let runner = ChunkRunner(schema: ControlSchema(), limits: ChunkLimits(), lease: 60)
        let source = try SourceTableLookup(Cities.sums, on: one).resolve()
        let work = try SQLWork(Cities.sums, statement: Self.statement, source: source, limit: 100, on: one)
        #expect(throws: LeaseLost.self) { try runner.run(work, of: asleep, on: one) }
        #expect(try one.queryOne("SELECT count(*) FROM country", as: Int.self) == 0)

        _ = try runner.run(work, of: taken, on: other)
        #expect(try one.queryOne("SELECT sum(cities)::bigint FROM country", as: Int.self) == 100)
    }

    @Test func `a range whose owner's backend is gone is free at once, that of a living one is not`()
        async throws
    {
        let (database, run) = try await Self.runWithRanges()
        let (one, other) = (try database.connection(), try database.connection())
        let store = RunStore(schema: ControlSchema(), on: other)
        let held = try #require(
            try RunStore(schema: ControlSchema(), on: one).claim(run: run, owner: "one", lease: 600)
        )

        #expect(try store.claim(run: run, owner: "other", lease: 600)?.id != held.id)
        one.close()
        try await eventually("the backend's end") {
            try store.claim(run: run, owner: "other", lease: 600)?.id == held.id
        }
    }

    private static var statement: SQLText {
        guard case .sql(let statement) = Cities.sums.work else { return SQLText("") }
        return statement
    }

    /// A run of `sums` whose ranges are cut and free.
    private static func runWithRanges() async throws -> (TestDatabase, Int64) {
        let database = try TestDatabase.current
        try Cities.create(rows: 12_000, on: database.connection())
        let stop = StopSignal()
        stop.request()
        let result = try await Coordinator(database.options).run(Cities.sums, stop: stop)
        return (database, result.run.id)
    }
}
