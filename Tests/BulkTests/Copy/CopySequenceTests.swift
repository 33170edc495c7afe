import Bulk
import Postgres
import Synchronization
import TestSupport
import Testing

@Suite(.freshDatabase, .untilItHangs)
struct CopySequenceTests {
    static let script = "CREATE TABLE kept (n int PRIMARY KEY, t text)"

    struct Stop: Error {}

    @Test func `a sequence of tuples goes in`() throws {
        let connection = try connection(running: Self.script)
        let rows = (Int32(1)...10_000).lazy.map { ($0, $0 % 2 == 0 ? nil : "row \($0)") }
        #expect(try connection.copyRows(rows, into: "kept", columns: ["n", "t"]) == 10_000)
        #expect(try connection.lines("SELECT sum(n), count(t) FROM kept") == ["50005000|5000"])
    }

    @Test(arguments: [0, 1, 255, 256, 257, 5000])
    func `an asynchronous sequence goes in as one COPY`(_ count: Int) async throws {
        let connection = try connection(running: Self.script)
        let session = try TestDatabase.current.session()
        let numbers = AsyncStream<Int32> { continuation in
            for number in 0..<count { continuation.yield(Int32(number)) }
            continuation.finish()
        }
        let stored = try await session.copyRows(numbers, into: "kept", columns: ["n", "t"]) { number, rows in
            try rows.write(number, "\(number)")
        }
        #expect(stored == count)
        let transactions: SQL = "SELECT count(*), count(DISTINCT xmin::text) FROM kept WHERE t = n::text"
        #expect(try connection.lines(transactions) == ["\(count)|\(min(count, 1))"])
    }

    @Test func `a source that throws stores nothing and keeps its error`() async throws {
        let connection = try connection(running: Self.script)
        let session = try TestDatabase.current.session()
        let broken = AsyncThrowingStream<Int32, any Error> { continuation in
            for number in Int32(0)..<50_000 { continuation.yield(number) }
            continuation.finish(throwing: Stop())
        }
        await #expect(throws: Stop.self) {
            try await session.copyRows(broken, into: "kept", columns: ["n"]) { try $1.write($0) }
        }
        #expect(try connection.queryOne("SELECT count(*) FROM kept", as: Int.self) == 0)
        #expect(try await session.withConnection { $0.transactionStatus } == .idle)
    }

    @Test func `the server's refusal ends a source that does not end`() async throws {
        _ = try connection(running: Self.script + "; INSERT INTO kept VALUES (700)")
        let session = try TestDatabase.current.session()
        let taken = Atomic32()
        let endless = AsyncStream<Int32> { taken.next() }
        let error = await #expect(throws: PostgresError.self) {
            try await session.copyRows(endless, into: "kept", columns: ["n", "t"]) {
                try $1.write($0, "some text")
            }
        }
        #expect(error?.sqlState == .uniqueViolation)
    }

    @Test func `a source is not read further ahead than a few blocks while the server waits`() async throws {
        let holder = try connection(running: Self.script)
        try holder.runScript("BEGIN; LOCK TABLE kept IN SHARE MODE")
        let session = try TestDatabase.current.session()
        let taken = Atomic32()
        let source = AsyncStream<Int32> { taken.next() < 100_000 ? taken.value : nil }
        async let stored = session.copyRows(source, into: "kept", columns: ["n"]) { try $1.write($0) }
        // Three blocks wait, and one is in the hand of the reader of the sequence.
        try await eventually("the reader to be as far ahead as it may") { taken.value == 1024 }
        #expect(taken.value == 1024)
        try holder.runScript("ROLLBACK")
        #expect(try await stored == 99_999)
    }

    @Test func `types that do not fit are refused before the first row`() async throws {
        _ = try connection(running: Self.script)
        let session = try TestDatabase.current.session()
        let one = AsyncStream<Int32> { continuation in
            continuation.yield(1)
            continuation.finish()
        }
        await #expect(throws: TargetError.self) {
            try await session.copyRows(one, into: "kept", columns: ["n"]) { try $1.write(Int64($0)) }
        }
    }
}

private final class Atomic32: Sendable {
    private let count = Atomic<Int32>(0)

    var value: Int32 { count.load(ordering: .sequentiallyConsistent) }

    func next() -> Int32 { count.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue }
}
