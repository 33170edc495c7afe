import Bulk
import Postgres
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
}
