import Bulk
import Postgres
import TestSupport
import Testing

/// Two writers bring the same keys in opposite order; neither sees a deadlock, and all rows are there once.
@Suite(.freshDatabase, .untilItHangs)
struct OppositeWritersTests {
    static let keys = 1_000_000

    /// Half of the keys are there already, in no order of the table's own.
    static let script = """
        CREATE TABLE item (id int PRIMARY KEY, v int NOT NULL);
        INSERT INTO item SELECT id, 0 FROM generate_series(2, \(keys), 2) AS id ORDER BY md5(id::text);
        ANALYZE item
        """

    @Test(arguments: [ChunkTransactions.one, .perChunk])
    func `a million keys are upserted in opposite order without a deadlock`(
        _ transactions: ChunkTransactions
    ) async throws {
        let observer = try connection(running: Self.script)
        let (first, second) = (try TestDatabase.current.session(), try TestDatabase.current.session())
        async let ascending = write(1, Array(1...Int32(Self.keys)), transactions, on: first)
        async let descending = write(2, (1...Int32(Self.keys)).reversed(), transactions, on: second)
        let outcomes = try await [ascending.outcome, descending.outcome]
        for outcome in outcomes {
            #expect(outcome.proposed == Self.keys && outcome.inserted + outcome.updated == Self.keys)
        }
        #expect(outcomes[0].inserted + outcomes[1].inserted == Self.keys / 2)
        let stored = try observer.lines("SELECT count(*), min(v) > 0, count(DISTINCT v) <= 2 FROM item")
        #expect(stored == ["\(Self.keys)|t|t"])
    }

    private func write(
        _ value: Int32,
        _ keys: [Int32],
        _ transactions: ChunkTransactions,
        on session: Session
    ) async throws -> WriteResult {
        let sink = Sink.upsert(into: "item", columns: ["id", "v"], conflict: ["id"])
        // One attempt: a deadlock would be told, not tried again.
        let options = WriteOptions(transactions: transactions, retry: Backoff(attempts: 1))
        return try await session.withConnection { connection in
            try connection.write(keys.lazy.map { ($0, value) }, to: sink, options: options)
        }
    }
}
