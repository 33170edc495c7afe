import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase, .untilItHangs) struct FeedingTests {
    private struct Stop: Error {}

    @Test(arguments: [0, 1, 256, 5000])
    func `an asynchronous sequence feeds a COPY`(_ count: Int) async throws {
        let session = try await sessionWithTable()
        let stored = try await session.withConnection(feeding: numbers(count)) { connection, numbers in
            try connection.copyIn("COPY note FROM STDIN") { copy in
                try numbers.forEach { try copy.write("\($0)\n".utf8) }
                #expect(try numbers.next() == nil)
            }
        }
        #expect(stored == count)
        #expect(try await self.count(session) == count)
    }

    @Test func `a sequence that throws ends the COPY and keeps its error`() async throws {
        let session = try await sessionWithTable()
        await #expect(throws: Stop.self) {
            try await session.withConnection(feeding: numbers(1000, thenThrowing: Stop())) {
                connection,
                numbers in
                try connection.copyIn("COPY note FROM STDIN") { copy in
                    try numbers.forEach { try copy.write("\($0)\n".utf8) }
                }
            }
        }
        #expect(try await count(session) == 0)
    }

    @Test func `a body that wants no more lets the sequence go`() async throws {
        let session = try await sessionWithTable()
        let endless = AsyncStream<Int> { 1 }
        let first = try await session.withConnection(feeding: endless) { _, numbers in try numbers.next() }
        #expect(first == 1)
        await #expect(throws: Stop.self) {
            try await session.withConnection(feeding: endless) { _, _ in throw Stop() }
        }
        #expect(try await count(session) == 0)
    }

    @Test func `a cancelled task does not wait for a sequence that is silent`() async throws {
        let session = try await sessionWithTable()
        let (silent, continuation) = AsyncStream<Int>.makeStream()
        let waiting = Gate("the body to wait")
        let task = Task {
            try await session.withConnection(feeding: silent) { connection, numbers in
                try connection.copyIn("COPY note FROM STDIN") { _ in
                    waiting.open()
                    _ = try numbers.next()
                }
            }
        }
        try await waiting.wait()
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        continuation.finish()
        #expect(try await count(session) == 0)
    }

    private func numbers(_ count: Int, thenThrowing error: Stop? = nil) -> AsyncThrowingStream<Int, any Error>
    {
        AsyncThrowingStream { continuation in
            for number in 0..<count { continuation.yield(number) }
            continuation.finish(throwing: error)
        }
    }

    private func sessionWithTable() async throws -> Session {
        let session = try TestDatabase.current.session()
        try await session.withConnection { try $0.runScript("CREATE TABLE note (id int)") }
        return session
    }

    private func count(_ session: Session) async throws -> Int {
        try await session.withConnection { try $0.queryOne("SELECT count(*) FROM note", as: Int.self) }
    }
}
