import Bulk
import Postgres
import TestSupport
import Testing

/// Keys that ascend are known to differ and to lie between the first and the last.
@Suite(.freshDatabase)
struct KeyBoundsTests {
    static let script = """
        CREATE TABLE item (id int PRIMARY KEY, v int NOT NULL);
        INSERT INTO item SELECT id, 0 FROM generate_series(-50, 50) AS id;
        """

    static let keys: [[Int64]] = [
        [-50, 0, 50], [7], [50, 0, -50], [3, 3, 4], [-60, 60], [1, 2, 2], [],
    ]

    @Test(arguments: keys, [WriteMethod.unnest, .staged, .values])
    func `every key is found, in whatever order it comes`(_ keys: [Int64], _ method: WriteMethod) throws {
        let connection = try connection(running: Self.script)
        let options = WriteOptions(method: .only(method), chunk: ChunkLimit(rows: 2))
        let update = Sink.update("item", key: ["id"], set: ["v"])
        let rows = keys.map { ($0, Int32(1)) }
        let outcome = try connection.write(rows, to: update, options: options).outcome
        let known = Set(keys.filter { abs($0) <= 50 }).count
        #expect(outcome.proposed == keys.count && outcome.updated == known)
        #expect(try connection.queryOne("SELECT count(*) FROM item WHERE v = 1", as: Int.self) == known)

        let delete = Sink.delete(from: "item", key: ["id"])
        let deleted = try connection.write(keys, to: delete, options: options) { try $1.append($0) }.outcome
        #expect(deleted.deleted == known)
    }

    /// A merge join would begin at the first key of the index without them.
    @Test func `a batch reads the index between its first and its last key`() throws {
        let connection = try connection(running: Self.script)
        try connection.runScript(
            """
            INSERT INTO item SELECT id, 0 FROM generate_series(51, 200000) AS id;
            ANALYZE item;
            SET enable_nestloop = off;
            SET enable_hashjoin = off;
            SET enable_seqscan = off;
            """
        )
        let writer = try SinkWriter(
            .update("item", key: ["id"], set: ["v"]),
            locks: .heldByCaller,
            on: connection
        )
        try connection.runScript("SELECT pg_stat_reset_single_table_counters('item_pkey'::regclass)")
        let batch = try Batch((190_000..<190_100).map { (Int64($0), Int32(1)) })
        #expect(try writer.write(batch, on: connection).updated == 100)
        try connection.runScript("SELECT pg_stat_force_next_flush()")
        let read = try connection.queryOne(
            "SELECT pg_stat_get_tuples_returned('item_pkey'::regclass)",
            as: Int.self
        )
        #expect(read < 1_000)
    }
}
