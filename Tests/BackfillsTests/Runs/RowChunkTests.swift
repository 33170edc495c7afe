import Bulk
import Control
import Postgres
import TestSupport
import Testing

@testable import Backfills

/// Chunks of a row backfill that travel whole: the server itself compares rows, owner and cursor before anything is stored.
@Suite(.freshDatabase) struct RowChunkTests {
    @Test func `chunks whose rows are as they were read are stored together, each with its counts`()
        async throws
    {
        let scene = try await Scene()
        let batches = try scene.read(3)

        let (reports, ending) = try scene.runner.run(
            scene.chunks(batches),
            of: scene.range,
            on: scene.worker
        )

        guard case .allDone = ending else { throw scene.unexpected(ending) }
        #expect(
            reports.map(\.counts)
                == Array(repeating: ChunkCounts(scanned: 10, matched: 10, changed: 10), count: 3)
        )
        #expect(reports.allSatisfy { $0.wanted == .running })
        #expect(reports.last?.range.cursor == batches.last?.bound.interval.through)
        #expect(try scene.stored() == "{900} 30 30 30 0 3")
        #expect(try scene.written() == 30)
    }

    @Test(arguments: [
        "UPDATE city SET population = population WHERE id = 121",
        "DELETE FROM city WHERE id = 400",
        "INSERT INTO city (id, name, country, population) VALUES (102, 'New', 'C1', 1)",
    ])
    func `what is before rows that have moved is stored, and nothing else`(change: String) async throws {
        let scene = try await Scene()
        let chunks = try scene.chunks(scene.read(3))
        try scene.worker.runScript(change)

        let (reports, ending) = try scene.runner.run(chunks, of: scene.range, on: scene.worker)

        guard case .moved = ending else { throw scene.unexpected(ending) }
        #expect(reports.count == 1)
        #expect(scene.worker.transactionStatus == .idle)
        #expect(try scene.written() == 10)
        #expect(try scene.stored() == "{100} 10 10 10 0 1")
    }

    @Test func `a batch whose rows have moved is done by itself, between those that have not`() async throws {
        let scene = try await Scene()
        let batches = try scene.read(3)
        try scene.worker.runScript("UPDATE city SET name = 'Renamed' WHERE id = 400")

        let written = scene.runner.write(
            batches,
            of: scene.work,
            in: scene.range,
            on: scene.worker
        )

        #expect(written.failure == nil)
        #expect(written.reports.map(\.counts.moved) == [0, 1, 0])
        #expect(try scene.written() == 30)
        #expect(try scene.stored() == "{900} 30 30 30 1 3")
    }

    @Test func `a table that was rewritten since is another one`() async throws {
        let scene = try await Scene()
        let chunks = try scene.chunks(scene.read(1))
        try scene.worker.runScript("VACUUM FULL city")

        let (reports, ending) = try scene.runner.run(chunks, of: scene.range, on: scene.worker)

        guard case .moved = ending else { throw scene.unexpected(ending) }
        #expect(reports.isEmpty)
        #expect(try scene.written() == 0)
    }

    @Test(arguments: ["epoch = epoch + 1", "cursor = '{7}'", "owner = 'somebody else'"] as [String])
    func `nothing is stored by a worker that is wrong about its range`(change: String) async throws {
        let scene = try await Scene()
        let chunks = try scene.chunks(scene.read(2))
        try scene.worker.execute(
            "UPDATE caisson.backfill_range SET \(unsafe: change) WHERE id = \(scene.range.id)"
        )

        let (reports, ending) = try scene.runner.run(chunks, of: scene.range, on: scene.worker)

        guard case .failed(let error) = ending else { throw scene.unexpected(ending) }
        #expect(error is LeaseLost)
        #expect(reports.isEmpty)
        #expect(scene.worker.transactionStatus == .idle)
        #expect(try scene.written() == 0)
    }

    @Test func `a row that cannot be written fails its chunk with the server's own error`() async throws {
        let scene = try await Scene()
        let batches = try scene.read(3)
        try scene.worker.runScript("ALTER TABLE city ADD CHECK (search_name <> 'CITY Ä 17')")

        let written = scene.runner.write(
            batches,
            of: scene.work,
            in: scene.range,
            on: scene.worker
        )

        #expect((written.failure as? PostgresError)?.sqlState == SQLState(rawValue: "23514"))
        #expect(written.reports.count == 1)
        #expect(try scene.written() == 10)
    }

    @Test func `a constraint that is looked at at COMMIT refuses its chunk and those behind it`() async throws
    {
        let scene = try await Scene()
        let batches = try scene.read(3)
        try scene.worker.runScript(
            """
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'not this one' USING ERRCODE = '23514'; END $$;
            CREATE CONSTRAINT TRIGGER late AFTER UPDATE ON city DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW WHEN (NEW.id = 400) EXECUTE FUNCTION refuse();
            """
        )

        let written = scene.runner.write(
            batches,
            of: scene.work,
            in: scene.range,
            on: scene.worker
        )

        #expect((written.failure as? PostgresError)?.sqlState == SQLState(rawValue: "23514"))
        #expect(try scene.stored() == "{100} 10 10 10 0 1")
    }

    @Test func `no further batch is begun once a pause is wanted`() async throws {
        let scene = try await Scene()
        let batches = try scene.read(3)
        // The second batch is one that takes answers, so the wish is heard before it.
        try scene.worker.runScript(
            "UPDATE city SET name = 'Renamed' WHERE id = 400; UPDATE caisson.backfill_run SET wanted = 'paused'"
        )

        let written = scene.runner.write(
            batches,
            of: scene.work,
            in: scene.range,
            on: scene.worker
        )

        #expect(written.failure == nil)
        #expect(written.reports.map(\.wanted) == [.paused])
    }

    @Test func `a sink whose answer decides is not written in one message`() async throws {
        let scene = try await Scene()
        let refusing = Sink.upsert(
            into: "city_name",
            columns: ["city_id", "name"],
            conflict: ["city_id", "name"],
            onConflict: .doNothing,
            duplicates: .error
        )
        var words = Batch()
        try words.append(Int64(1), "one")

        let writer = try SinkWriter(refusing, on: scene.worker)
        #expect(try writer.statements(for: words, keepingCountIn: "caisson.changed") == nil)
        let first = try scene.read(1)[0]
        #expect(
            try scene.work.writer.statements(for: first.output, keepingCountIn: "caisson.changed")?.count == 1
        )
    }
}

/// A run of a row backfill over 100 cities, whose ids are squares, with its only range claimed.
private struct Scene {
    let worker: Connection
    let range: ClaimedRange
    let work: RowWork
    let runner = ChunkRunner(schema: ControlSchema(), limits: ChunkLimits(), lease: 60)

    init() async throws {
        let database = try TestDatabase.current
        worker = try database.connection()
        try Cities.create(rows: 100, on: worker)
        let backfill = try UpperNames().definition()
        let stop = StopSignal()
        stop.request()
        let run = try await Coordinator(database.options).run(backfill, stop: stop).run
        let store = RunStore(schema: ControlSchema(), on: worker)
        range = try #require(try store.claim(run: run.id, owner: "worker", lease: 60))
        let source = try SourceTableLookup(backfill, on: worker).resolve()
        work = try RowWork(UpperNames(), definition: backfill, source: source, on: worker)
    }

    /// The first batches, of 10 rows each.
    func read(_ count: Int) throws -> [RowBatch] {
        try (1...count).map { number in
            let after = number == 1 ? range.cursor : Self.key(10 * number - 10)
            let interval = KeyInterval(after: after, through: Self.key(10 * number))
            let bound = ChunkBound(interval: interval, scanned: 10, end: .inside)
            return try worker.transaction { try RowBatch(RowsRead(bound, work: work, on: $0), work: work) }
        }
    }

    private static func key(_ row: Int) -> Key { Key([String(row * row)]) }

    func chunks(_ batches: [RowBatch]) throws -> [RowChunk] {
        try batches.map { try #require(try RowChunk(work, $0)) }
    }

    func written() throws -> Int {
        try worker.queryOne("SELECT count(*) FROM city WHERE search_name = upper(name)", as: Int.self)
    }

    /// Where the range stands, and its counters.
    func stored() throws -> String {
        try worker.queryOne(
            """
            SELECT concat_ws(' ', cursor, rows_scanned, rows_matched, rows_changed, rows_moved, chunks)
            FROM caisson.backfill_range WHERE id = \(range.id)
            """,
            as: String.self
        )
    }

    func unexpected(_ ending: ChunkRunner.RowsEnding) -> Unexpected { Unexpected(ending: ending) }

    struct Unexpected: Error {
        let ending: ChunkRunner.RowsEnding
    }
}
