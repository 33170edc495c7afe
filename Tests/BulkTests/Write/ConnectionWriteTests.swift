import Bulk
import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase)
struct ConnectionWriteTests {
    static let script = """
        CREATE TABLE item (id bigint PRIMARY KEY, name text NOT NULL, v int);
        INSERT INTO item SELECT id, 'old ' || id, 0 FROM generate_series(1, 50) AS id;
        """
    static let columns = ["id", "name", "v"]
    static let upsert = Sink.upsert(into: "item", columns: columns, conflict: ["id"])

    static func rows(_ range: ClosedRange<Int>) -> [(Int, String, Int32?)] {
        range.map { ($0, "new \($0)", $0 % 3 == 0 ? nil : Int32($0)) }
    }

    @Test(arguments: WriteMethod.allCases)
    func `every method stores the same rows`(_ method: WriteMethod) throws {
        let connection = try connection(running: Self.script)
        let sink = method == .copy ? Sink.insert(into: "item", columns: Self.columns) : Self.upsert
        let first = method == .copy ? 51 : 41
        let options = WriteOptions(method: .only(method), chunk: ChunkLimit(rows: 7))
        let result = try connection.write(Self.rows(first...100), to: sink, options: options)
        #expect(result.method == method && result.chunks == (101 - first + 6) / 7)
        #expect(
            [result.outcome.inserted, result.outcome.updated, result.outcome.proposed]
                == [50, 51 - first, 101 - first]
        )
        let stored = try connection.query(
            "SELECT id, name, v FROM item WHERE id >= \(first) ORDER BY id",
            as: Int.self,
            String.self,
            Int32?.self
        )
        #expect(stored.map { "\($0)" } == Self.rows(first...100).map { "\($0)" })
        #expect(try connection.queryOne("SELECT count(*) FROM item", as: Int.self) == 100)
    }

    @Test(arguments: [WriteMethod.values, .unnest, .staged])
    func `updates and deletes count the keys that are not there by every method`(_ method: WriteMethod) throws
    {
        let connection = try connection(running: Self.script)
        let options = WriteOptions(method: .only(method), chunk: ChunkLimit(rows: 3))
        let update = Sink.update("item", key: ["id"], set: ["v"])
        let changes = [(1, Int32(1)), (2, 0), (99, 1), (3, 3), (98, 1)]
        let updated = try connection.write(changes, to: update, options: options).outcome
        #expect([updated.updated, updated.unchanged, updated.missing] == [2, 1, 2])
        let deleted = try connection.write([1, 99], to: .delete(from: "item", key: ["id"]), options: options)
        {
            try $1.append($0)
        }
        #expect([deleted.outcome.deleted, deleted.outcome.missing] == [1, 1])
    }

    @Test func `rows that a closure makes may be none, one or several`() throws {
        let connection = try connection(running: Self.script)
        let result = try connection.write([0, 2, 1], to: Self.upsert, options: WriteOptions()) {
            count,
            batch in
            for number in 0..<count { try batch.append(count * 100 + number, "n", nil as Int32?) }
        }
        #expect(result.outcome.inserted == 3)
    }

    @Test func `one transaction stores nothing when a later chunk fails`() throws {
        let connection = try connection(running: Self.script)
        let options = WriteOptions(method: .only(.unnest), chunk: ChunkLimit(rows: 10))
        let error = try #require(throws: PostgresError.self) {
            try connection.write(
                Self.rows(51...100).reversed() + Self.rows(50...50),
                to: .insert(into: "item", columns: Self.columns),
                options: options
            )
        }
        #expect(error.sqlState == .uniqueViolation)
        #expect(try connection.queryOne("SELECT count(*) FROM item", as: Int.self) == 50)
    }

    @Test func `chunks with their own transactions stay, and the error says how many`() throws {
        let connection = try connection(running: Self.script)
        let options = WriteOptions(transactions: .perChunk, chunk: ChunkLimit(rows: 10))
        let stopped = try #require(throws: WriteStopped.self) {
            try connection.write(
                Self.rows(51...75) + Self.rows(50...50),
                to: .insert(into: "item", columns: Self.columns),
                options: options
            )
        }
        #expect(stopped.committed.outcome.inserted == 20 && stopped.committed.chunks == 2)
        #expect((stopped.cause as? PostgresError)?.sqlState == .uniqueViolation)
        #expect(try connection.queryOne("SELECT max(id) FROM item", as: Int.self) == 70)
    }

    static func impatient(attempts: Int) -> WriteOptions {
        WriteOptions(
            method: .only(.unnest),
            transactions: .perChunk,
            transaction: TransactionOptions(settings: [.init("lock_timeout", "50ms")]),
            retry: Backoff(initial: 0.01, maximum: 0.01, attempts: attempts)
        )
    }

    @Test func `a chunk that meets a lock timeout is tried again`() async throws {
        let holder = try connection(running: Self.script)
        try holder.runScript("BEGIN; LOCK TABLE item IN SHARE MODE")
        let session = try TestDatabase.current.session()
        async let result = session.withConnection { connection in
            try connection.write(Self.rows(1...1), to: Self.upsert, options: Self.impatient(attempts: 1000))
        }
        let observer = try connection()
        var begun: Set<String> = []
        try await eventually("three transactions of the writer have waited") {
            begun.formUnion(
                try observer.query(
                    """
                    SELECT xact_start::text FROM pg_stat_activity
                    WHERE datname = current_database() AND wait_event_type = 'Lock'
                    """,
                    as: String.self
                )
            )
            return begun.count >= 3
        }
        try holder.runScript("ROLLBACK")
        #expect(try await result.outcome.updated == 1)
    }

    @Test func `a chunk is given up after the last attempt`() throws {
        let holder = try connection(running: Self.script)
        try holder.runScript("BEGIN; LOCK TABLE item IN SHARE MODE")
        let connection = try connection()
        let error = try #require(throws: PostgresError.self) {
            try connection.write(Self.rows(1...1), to: Self.upsert, options: Self.impatient(attempts: 2))
        }
        #expect(error.sqlState == .lockNotAvailable && connection.transactionStatus == .idle)
    }

    @Test func `options that do not go together are refused`() throws {
        let connection = try connection(running: Self.script)
        let perChunk = WriteOptions(transactions: .perChunk)
        try connection.transaction { connection in
            _ = #expect(throws: WriteError.insideTransaction) {
                try connection.write(Self.rows(1...1), to: Self.upsert, options: perChunk)
            }
        }
        let whole = Sink.synchronize("item", columns: Self.columns, key: ["id"])
        #expect(throws: WriteError.wholeSetInChunks) {
            try connection.write(Self.rows(1...1), to: whole, options: perChunk)
        }
        let error = try #require(throws: WriteError.self) {
            try connection.write(
                Self.rows(1...1),
                to: Self.upsert,
                options: WriteOptions(method: .only(.copy))
            )
        }
        #expect(error.description.hasPrefix("copy cannot write these rows: COPY only adds rows"))
    }

    @Test func `what does not fit names and types is one error`() throws {
        let connection = try connection(running: Self.script)
        let error = try #require(throws: TargetError.self) {
            try connection.write([("x", true)], to: .insert(into: "item", columns: ["idd", "v"]))
        }
        #expect(
            error.description == """
                The table public.item cannot take these rows:
                  - there is no column idd. Did you mean id?
                  - the column id (bigint) is NOT NULL, has no default and gets no value; add it.
                  - the column name (text) is NOT NULL, has no default and gets no value; add it.
                  - the column v is integer and the values are boolean, which does not fit; send its own type, or text.
                """
        )
    }

    @Test func `nothing to write writes nothing and checks the sink all the same`() throws {
        let connection = try connection(running: Self.script)
        let none: [(Int, String)] = []
        #expect(try connection.write(none, to: .insert(into: "item", columns: ["id", "name"])).method == nil)
        #expect(throws: TargetError.self) {
            try connection.write(none, to: .insert(into: "item", columns: ["id", "nam"]))
        }
    }

}
