import Bulk
import Postgres
import TestSupport
import Testing

/// Every way of writing works when each transaction meets another server connection.
@Suite(.freshDatabase, .untilItHangs)
struct PoolerWriteTests {
    static let script = """
        CREATE TABLE item (id int PRIMARY KEY, parent int REFERENCES item, v text);
        INSERT INTO item SELECT id, NULL, 'old' FROM generate_series(1, 50) AS id
        """
    static let columns = ["id", "parent", "v"]

    static func rows(_ range: ClosedRange<Int>) -> [(Int32, Int32?, String)] {
        range.map { (Int32($0), nil, "new \($0)") }
    }

    @Test(arguments: WriteMethod.allCases, [ChunkTransactions.one, .perChunk])
    func `every method writes`(_ method: WriteMethod, _ transactions: ChunkTransactions) async throws {
        _ = try connection(running: Self.script)
        let sink =
            method == .copy
            ? Sink.insert(into: "item", columns: Self.columns)
            : Sink.upsert(into: "item", columns: Self.columns, conflict: ["id"])
        let rows = Self.rows(method == .copy ? 51...100 : 41...100)
        let options = WriteOptions(
            method: .only(method),
            transactions: transactions,
            chunk: ChunkLimit(rows: 7)
        )
        try await withPooler(for: TestDatabase.current) { pooler in
            let result = try await pooler.session().withConnection {
                try $0.write(rows, to: sink, options: options)
            }
            #expect(result.outcome.inserted == 50 && result.outcome.updated == rows.count - 50)
            #expect(result.chunks == (rows.count + 6) / 7)
        }
    }

    @Test func `sets, hierarchies, copies and returned rows`() async throws {
        let direct = try connection(running: Self.script)
        try await withPooler(for: TestDatabase.current) { pooler in
            try await pooler.session().withConnection { connection in
                for round in Int32(1)...4 {
                    let set = Sink.synchronize("item", columns: Self.columns, key: ["id"], gone: .delete)
                    _ = try connection.write([(round, nil as Int32?, "kept")], to: set)
                    var tree = Sink.insert(into: "item", columns: Self.columns)
                    tree.hierarchy = Hierarchy(key: ["id"], parent: ["parent"])
                    _ = try connection.write([(102, 101 as Int32?, "b"), (Int32(101), nil, "a")], to: tree)
                    let stored = try connection.copyRows(into: "item", columns: ["id", "v"]) {
                        try $0.write(Int32(200), "c")
                    }
                    #expect(stored == 1)
                    let changed = try connection.write(
                        [(Int32(200), "d")],
                        to: .update("item", key: ["id"], set: ["v"]),
                        returning: ["v"],
                        as: String.self
                    )
                    #expect(changed.rows == ["d"])
                }
            }
        }
        #expect(try direct.queryOne("SELECT count(*) FROM item", as: Int.self) == 4)
    }

    @Test func `an asynchronous sequence is written by a pool`() async throws {
        let direct = try connection(running: Self.script)
        let sink = Sink.upsert(into: "item", columns: ["id", "v"], conflict: ["id"])
        try await withPooler(for: TestDatabase.current) { pooler in
            var configuration = SessionPool.Configuration()
            configuration.pooler = .transaction
            configuration.lockTimeout = .seconds(10)
            let pool = SessionPool(pooler.options, configuration)
            let numbers = AsyncStream<Int32> { continuation in
                for number in Int32(1)...1000 { continuation.yield(number) }
                continuation.finish()
            }
            let options = WriteOptions(transactions: .perChunk, chunk: ChunkLimit(rows: 30))
            let result = try await pool.write(numbers, to: sink, options: options) {
                try $1.append($0, "new")
            }
            #expect([result.outcome.inserted, result.outcome.updated, result.chunks] == [950, 50, 34])
            await pool.close()
        }
        #expect(try direct.queryOne("SELECT count(*) FROM item WHERE v = 'new'", as: Int.self) == 1000)
    }
}
