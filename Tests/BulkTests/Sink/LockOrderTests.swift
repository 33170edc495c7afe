import Bulk
import Postgres
import TestSupport
import Testing

/// Row locks are taken in the order of the key, whatever the order of the batch and of the rows in the table.
@Suite(.freshDatabase)
struct LockOrderTests {
    /// 100,000 rows that lie in the table in no order at all.
    static let script = """
        CREATE TABLE item (id int PRIMARY KEY, v int NOT NULL);
        INSERT INTO item SELECT id, 0 FROM generate_series(1, 100000) AS id ORDER BY md5(id::text);
        ANALYZE item;
        """

    /// A hash join in several batches returns the rows in no order, whatever its input was.
    static let unorderedPlans = "SET enable_nestloop = off; SET enable_mergejoin = off; SET work_mem = '64kB'"

    static let sinks = [
        Sink.update("item", key: ["id"], set: ["v"]),
        Sink.upsert(into: "item", columns: ["id", "v"], conflict: ["id"]),
        Sink.delete(from: "item", key: ["id"]),
    ]

    /// Every second key, shuffled.
    func batch(for sink: Sink) throws -> Batch {
        var generator = SeededGenerator(seed: 7)
        let keys = stride(from: 2, through: 20_000, by: 2).shuffled(using: &generator).map { Int32($0) }
        return sink.columns.count == 1 ? try Batch(column: keys) : try Batch(keys.map { ($0, Int32(1)) })
    }

    @Test(arguments: sinks, [WriteMethod.unnest, .staged])
    func `a writer that waits for a row holds exactly the rows before it`(
        _ sink: Sink,
        _ method: WriteMethod
    ) async throws {
        let holder = try connection(running: Self.script)
        try holder.runScript("BEGIN; SELECT FROM item WHERE id = 5000 FOR UPDATE")
        let batch = try batch(for: sink)
        let session = try TestDatabase.current.session()
        let pid = try await session.withConnection { $0.backendID }
        async let outcome = session.withConnection { connection in
            try connection.runScript(Self.unorderedPlans)
            guard method == .staged else {
                return try connection.transaction { try SinkWriter(sink, on: $0).write(batch, on: $0) }
            }
            let keys = stride(from: Int32(20_000), to: 0, by: -2)
            return try connection.write(keys, to: sink, options: WriteOptions(method: .only(.staged))) {
                key,
                rows in
                if sink.columns.count == 1 { try rows.append(key) } else { try rows.append(key, Int32(1)) }
            }.outcome
        }
        let observer = try connection()
        try await eventually("the writer waits") {
            try observer.queryOne(
                "SELECT count(*) FROM pg_stat_activity WHERE pid = \(pid) AND wait_event_type = 'Lock'",
                as: Int.self
            ) == 1
        }
        let free = try observer.query(
            "SELECT id FROM item WHERE id % 2 = 0 AND id <= 20000 FOR UPDATE SKIP LOCKED",
            as: Int.self
        )
        #expect(free.sorted() == Array(stride(from: 5002, through: 20_000, by: 2)))
        try holder.runScript("ROLLBACK")
        #expect(try await outcome.changed == 10_000)
    }

    /// The first writer holds row 5000 and waits for 5002. The second one meets the rows in no order, unless it
    /// asks for them in that of the key: then it would hold rows beyond by the time it waits for the first,
    /// which goes on to them and waits for the second.
    @Test(arguments: sinks.dropLast())
    func `two writers that are sure to meet do not deadlock`(_ sink: Sink) async throws {
        let holder = try connection(running: Self.script)
        try holder.runScript("BEGIN; SELECT FROM item WHERE id = 5002 FOR UPDATE")
        let (ascending, shuffled) = (try ascendingBatch(), try batch(for: sink))
        let (first, second) = (try TestDatabase.current.session(), try TestDatabase.current.session())
        let observer = try connection()
        async let early = write(ascending, to: sink, plans: "SET enable_hashjoin = off", on: first)
        try await eventually("the first writer waits") { try Self.waiting(observer) == 1 }
        async let late = write(shuffled, to: sink, plans: Self.unorderedPlans, on: second)
        try await eventually("both wait") { try Self.waiting(observer) == 2 }
        try holder.runScript("ROLLBACK")
        #expect(try await [early.changed, late.changed] == [7_501, 10_000])
    }

    /// The keys of ``batch(for:)`` from 5000 on, in their order and with another value.
    private func ascendingBatch() throws -> Batch {
        try Batch(stride(from: 5_000, through: 20_000, by: 2).map { (Int32($0), Int32(2)) })
    }

    private func write(
        _ batch: Batch,
        to sink: Sink,
        plans: String,
        on session: Session
    ) async throws -> WriteOutcome {
        try await session.withConnection { connection in
            try connection.runScript(plans)
            return try connection.transaction { try SinkWriter(sink, on: $0).write(batch, on: $0) }
        }
    }

    private static func waiting(_ observer: Connection) throws -> Int {
        try observer.lockWaiters()
    }

    @Test func `foreign keys of children can be checked while rows are updated`() throws {
        let writer = try connection(
            running: Self.script + "; CREATE TABLE part (item int REFERENCES item, n int)"
        )
        let child = try connection()
        try child.runScript("SET lock_timeout = '100ms'")
        try writer.transaction { connection in
            let sink = Sink.update("item", key: ["id"], set: ["v"])
            _ = try SinkWriter(sink, on: connection).write(Batch([(Int32(2), Int32(5))]), on: connection)
            try child.execute("INSERT INTO part VALUES (2, 1)")
        }
    }

    @Test func `a caller that holds the locks is not made to take them again`() throws {
        let connection = try connection(running: Self.script)
        let sink = Sink.update("item", key: ["id"], set: ["v"])
        let writer = try SinkWriter(sink, locks: .heldByCaller, on: connection)
        let outcome = try writer.write(
            Batch([(Int32(2), Int32(5)), (Int32(199_999), Int32(1))]),
            on: connection
        )
        #expect([outcome.updated, outcome.unchanged, outcome.missing] == [1, 1, 0])
    }
}
