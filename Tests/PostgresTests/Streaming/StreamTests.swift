import Postgres
import Synchronization
import TestSupport
import Testing

@Suite(.freshDatabase, .untilItHangs) struct StreamTests {
    @Test func `all rows come, typed and in order`() async throws {
        let session = try TestDatabase.current.session()
        let query: SQL =
            "SELECT n, CASE WHEN n % 2 = 0 THEN n::text END FROM generate_series(1, \(2500)::int8) n"
        var seen: Int64 = 0
        for try await (number, text) in session.stream(query, as: Int64.self, String?.self, blockSize: 100) {
            seen += 1
            #expect(number == seen && text == (seen % 2 == 0 ? "\(seen)" : nil))
        }
        #expect(seen == 2500)
        #expect(try await isUsable(session))
    }

    @Test(arguments: [0, 1, 99, 100, 101])
    func `every number of rows ends well`(_ count: Int) async throws {
        let session = try TestDatabase.current.session()
        let stream = session.stream(
            "SELECT generate_series(1, \(count)::int)",
            as: Int32.self,
            blockSize: 100
        )
        var seen = 0
        for try await _ in stream { seen += 1 }
        #expect(seen == count)
        for try await _ in stream { seen += 1 }
        #expect(seen == 2 * count)
    }

    @Test func `the server waits for a slow reader`() async throws {
        let session = try TestDatabase.current.session()
        let probe = Probe()
        let stream = session.stream("SELECT generate_series(1, 100000)", blockSize: 10, readAhead: 2) {
            rows in
            probe.fetched(rows.count)
            return try rows.map { try $0.value(Int32.self, at: 0) }
        }
        var iterator = stream.makeAsyncIterator()
        #expect(try await iterator.next() == 1)
        // One block is being read, two wait, and one is stuck in the hand of the producer.
        try await eventually("the producer to be as far ahead as it may") { probe.count == 40 }
        for _ in 0..<10 { _ = try await iterator.next() }
        try await eventually("the next block to be fetched") { probe.count == 50 }
        #expect(probe.count == 50)
    }

    @Test func `leaving early closes the cursor and keeps the connection`() async throws {
        let session = try TestDatabase.current.session()
        let backend = try await session.withConnection { $0.backendID }
        for try await number in session.stream(
            "SELECT generate_series(1, 1000000)",
            as: Int32.self,
            blockSize: 10
        ) where number == 25 {
            break
        }
        let found = try await session.withConnection { connection in
            (
                connection.backendID, connection.transactionStatus,
                try connection.queryOne(
                    "SELECT count(*) FROM pg_cursors WHERE name LIKE 'caisson%'",
                    as: Int.self
                )
            )
        }
        #expect(found == (backend, .idle, 0))
    }

    @Test func `a cancelled task ends with a cancellation, and the session goes on`() async throws {
        let session = try TestDatabase.current.session()
        let reading = Gate("the first row")
        let task = Task {
            for try await _ in session.stream(
                "SELECT n, pg_sleep(CASE WHEN n = 2 THEN 600 ELSE 0 END)::text FROM generate_series(1, 3) n",
                as: Int32.self,
                String.self,
                blockSize: 1
            ) {
                reading.open()
            }
        }
        try await reading.wait()
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await isUsable(session))
    }

    @Test func `errors of the server and of the decoding come out of the loop`() async throws {
        let session = try TestDatabase.current.session()
        let failing = await #expect(throws: PostgresError.self) {
            for try await _ in session.stream(
                "SELECT 1 / (50 - n) FROM generate_series(1, 100) n",
                as: Int32.self,
                blockSize: 10
            ) {}
        }
        #expect(failing?.sqlState?.rawValue == "22012")
        await #expect(throws: DecodingFailure.self) {
            for try await _ in session.stream("SELECT NULL::int4", as: Int32.self) {}
        }
        await #expect(throws: PostgresError.self) {
            for try await _ in session.stream("SELECT nextval('none')", as: Int.self) {}
        }
        #expect(try await isUsable(session))
    }

    private func isUsable(_ session: Session) async throws -> Bool {
        try await session.withConnection {
            try $0.transactionStatus == .idle && $0.queryOne("SELECT 1", as: Int.self) == 1
        }
    }
}

/// Counts what a producer has done.
private final class Probe: Sendable {
    private let state = Mutex(0)

    var count: Int { state.withLock { $0 } }

    func fetched(_ rows: Int) { state.withLock { $0 += rows } }
}
