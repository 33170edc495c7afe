import Bulk
import Postgres
import Synchronization
import TestSupport
import Testing

@Suite(.freshDatabase)
struct SessionWriteTests {
    static let script = "CREATE TABLE item (id int PRIMARY KEY, v text)"
    static let sink = Sink.upsert(into: "item", columns: ["id", "v"], conflict: ["id"])

    struct Broken: Error {}

    func numbers(_ range: ClosedRange<Int>, failing: Bool = false) -> AsyncThrowingStream<Int, any Error> {
        AsyncThrowingStream { continuation in
            for number in range { continuation.yield(number) }
            continuation.finish(throwing: failing ? Broken() : nil)
        }
    }

    @Test(arguments: [WriteMethod.values, .unnest, .staged])
    func `an asynchronous sequence is written chunk by chunk`(_ method: WriteMethod) async throws {
        let connection = try connection(running: Self.script)
        let session = try TestDatabase.current.session()
        let options = WriteOptions(
            method: .only(method),
            transactions: .perChunk,
            chunk: ChunkLimit(rows: 30)
        )
        let result = try await session.write(numbers(1...100), to: Self.sink, options: options) {
            number,
            batch in
            try batch.append(Int32(number), "\(number)")
        }
        #expect(result.chunks == 4 && result.outcome.inserted == 100 && result.method == method)
        #expect(try connection.queryOne("SELECT count(DISTINCT xmin::text) FROM item", as: Int.self) == 4)
    }

    @Test func `a pool lends a session for each chunk`() async throws {
        let connection = try connection(running: Self.script)
        let pool = SessionPool(try TestDatabase.current.options, limit: 2)
        try await withThrowingTaskGroup(of: WriteOutcome.self) { group in
            for part in 0..<4 {
                let rows = numbers((part * 100 + 1)...(part * 100 + 100))
                group.addTask {
                    let options = WriteOptions(transactions: .perChunk, chunk: ChunkLimit(rows: 30))
                    return try await pool.write(rows, to: Self.sink, options: options) { number, batch in
                        try batch.append(Int32(number), "\(number)")
                    }.outcome
                }
            }
            for try await outcome in group { #expect(outcome.inserted == 100) }
        }
        #expect(try connection.queryOne("SELECT count(*) FROM item", as: Int.self) == 400)
        await pool.close()
    }

    @Test func `a sequence that throws keeps its error and what is committed`() async throws {
        _ = try connection(running: Self.script)
        let session = try TestDatabase.current.session()
        let options = WriteOptions(transactions: .perChunk, chunk: ChunkLimit(rows: 30))
        let stopped = await #expect(throws: WriteStopped.self) {
            try await session.write(numbers(1...70, failing: true), to: Self.sink, options: options) {
                try $1.append(Int32($0), "x")
            }
        }
        #expect(stopped?.committed.outcome.inserted == 60 && stopped?.cause is Broken)
        await #expect(throws: Broken.self) {
            try await session.write(numbers(1...7, failing: true), to: Self.sink) {
                try $1.append(Int32($0), "x")
            }
        }
    }

    @Test func `one transaction is refused, because it would stay open while the sequence waits`()
        async throws
    {
        _ = try connection(running: Self.script)
        let session = try TestDatabase.current.session()
        await #expect(throws: WriteError.oneTransactionAcrossSuspension) {
            try await session.write(numbers(1...7), to: Self.sink, options: WriteOptions()) {
                try $1.append(Int32($0), "x")
            }
        }
    }

    @Test func `the next chunk is filled while one is written, and no more than that`() async throws {
        let holder = try connection(running: Self.script)
        try holder.runScript("BEGIN; LOCK TABLE item IN SHARE MODE")
        let taken = Counter()
        let rows = AsyncStream<Int> { taken.next() < 200 ? taken.value : nil }
        let session = try TestDatabase.current.session()
        async let result = session.write(rows, to: Self.sink, options: Self.chunksOf30) {
            try $1.append(Int32($0), "x")
        }
        try await eventually("the second chunk is full") { taken.value == 60 }
        let observer = try connection()
        try await eventually("the first chunk waits for the lock") { try Self.waiting(observer) == 1 }
        #expect(taken.value == 60)
        try holder.runScript("ROLLBACK")
        #expect(try await result.outcome.inserted == 199)
    }

    @Test func `a chunk that fails ends the reading of a sequence that does not end`() async throws {
        _ = try connection(running: Self.script + "; ALTER TABLE item ADD CHECK (id <> 40)")
        let taken = Counter()
        let endless = AsyncStream<Int> { taken.next() }
        let session = try TestDatabase.current.session()
        let stopped = await #expect(throws: WriteStopped.self) {
            try await session.write(endless, to: Self.sink, options: Self.chunksOf30) {
                try $1.append(Int32($0), "x")
            }
        }
        #expect(stopped?.committed.outcome.inserted == 30)
        #expect((stopped?.cause as? PostgresError)?.sqlState?.rawValue == "23514")
        #expect(taken.value <= 90)
    }

    @Test func `keys come back in the order of an asynchronous sequence`() async throws {
        _ = try connection(
            running: "CREATE TABLE city (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text)"
        )
        let pool = SessionPool(try TestDatabase.current.options, limit: 2)
        let (result, rows) = try await pool.write(
            numbers(1...100),
            to: .insert(into: "city", columns: ["name"]),
            options: Self.chunksOf30,
            returning: ["id", "name"],
            order: .input,
            as: Int.self,
            String.self
        ) { try $1.append("\($0)") }
        #expect(result.chunks == 4 && rows.map { "\($0.0) \($0.1)" } == (1...100).map { "\($0) \($0)" })
        await pool.close()
    }

    static let chunksOf30 = WriteOptions(transactions: .perChunk, chunk: ChunkLimit(rows: 30))

    static func waiting(_ observer: Connection) throws -> Int {
        try observer.lockWaiters()
    }
}

/// Numbers from 1 on, as they are asked for.
private final class Counter: Sendable {
    private let count = Atomic(0)

    var value: Int { count.load(ordering: .sequentiallyConsistent) }

    func next() -> Int { count.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue }
}
