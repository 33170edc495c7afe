import Bulk
import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase)
struct SynchronizeTests {
    static let script = """
        CREATE TABLE item (id int PRIMARY KEY, source text NOT NULL, v int);
        INSERT INTO item VALUES (1, 'a', 1), (2, 'a', 2), (3, 'a', 3), (4, 'b', 4);
        """

    func synchronize(
        _ rows: [(Int32, String, Int32?)],
        gone: GoneRows,
        on connection: Connection,
        duplicates: DuplicateRule? = nil
    ) throws -> WriteOutcome {
        var sink = Sink.synchronize("item", columns: ["id", "source", "v"], key: ["id"], gone: gone)
        sink.duplicates = duplicates
        return try connection.write(rows, to: sink).outcome
    }

    @Test(arguments: [
        (GoneRows.keep, 0, ["1|a|1", "2|a|20", "3|a|3", "4|b|4", "5|a|5"]),
        (.delete, 2, ["1|a|1", "2|a|20", "5|a|5"]),
        (.deleteWhere("target.source = \("a")"), 1, ["1|a|1", "2|a|20", "4|b|4", "5|a|5"]),
    ])
    func `the table holds what the set says`(_ gone: GoneRows, _ removed: Int, _ lines: [String]) throws {
        let connection = try connection(running: Self.script)
        let before = try connection.lines("SELECT ctid, xmax FROM item WHERE id = 1")
        let outcome = try synchronize([(5, "a", 5), (2, "a", 20), (1, "a", 1)], gone: gone, on: connection)
        #expect(
            [outcome.inserted, outcome.updated, outcome.removed, outcome.unchanged] == [1, 1, removed, 1]
        )
        #expect(try connection.lines("SELECT * FROM item ORDER BY id") == lines)
        // What is right already is not even locked.
        #expect(try connection.lines("SELECT ctid, xmax FROM item WHERE id = 1") == before)
    }

    @Test func `an empty set is refused where it would empty the table`() throws {
        let connection = try connection(running: Self.script)
        let error = try #require(throws: TargetError.self) {
            try synchronize([], gone: .delete, on: connection)
        }
        #expect(error.description.hasPrefix("The set for public.item has no rows"))
        #expect(try synchronize([], gone: .keep, on: connection) == WriteOutcome())
    }

    @Test func `refused duplicates leave the table alone inside the caller's transaction too`() throws {
        let connection = try connection(running: Self.script)
        try connection.transaction { connection in
            _ = #expect(throws: TargetError.self) {
                try synchronize(
                    [(7, "a", 1), (7, "a", 2)],
                    gone: .delete,
                    on: connection,
                    duplicates: .error
                )
            }
        }
        #expect(try connection.queryOne("SELECT count(*) FROM item", as: Int.self) == 4)
    }

    @Test func `a key that may be NULL is refused`() throws {
        let connection = try connection(running: "CREATE TABLE tag (a int UNIQUE, b int)")
        let error = try #require(throws: TargetError.self) {
            try connection.write([(1, 2)], to: .synchronize("tag", columns: ["a", "b"], key: ["a"]))
        }
        #expect(error.description.contains("the key column a may be NULL"))
    }

    @Test func `a dry run shows what would be changed, added and deleted`() throws {
        let connection = try connection(running: Self.script)
        let sink = Sink.synchronize("item", columns: ["id", "source", "v"], key: ["id"], gone: .delete)
        let batch = try Batch([(2, "a", 20), (6, "c", 6)])
        let changes = try connection.rolledBackTransaction { connection in
            try SinkWriter(sink, on: connection).writeShowingRows(batch, on: connection)
        }
        #expect(changes.map { $0.before == nil } == [false, false, false, false, true])
        #expect(changes.map { $0.after == nil } == [true, false, true, true, false])
    }

    @Test func `rows that change or go are locked in the order of the key`() async throws {
        let holder = try connection(
            running: "CREATE TABLE item (id int PRIMARY KEY, source text NOT NULL, v int);"
                + "INSERT INTO item SELECT id, 'a', 0 FROM generate_series(1, 2000) AS id ORDER BY md5(id::text)"
        )
        try holder.runScript("BEGIN; SELECT FROM item WHERE id = 1001 FOR UPDATE")
        let rows = (1...2000).filter { $0 % 3 != 0 }.map { (Int32($0), "a", Int32($0 % 2)) }
        let session = try TestDatabase.current.session()
        async let outcome = session.withConnection { connection in
            try connection.write(
                rows,
                to: .synchronize("item", columns: ["id", "source", "v"], key: ["id"], gone: .delete)
            ).outcome
        }
        let observer = try connection()
        try await eventually("the writer waits") {
            try observer.lockWaiters() == 1
        }
        let free = try observer.query("SELECT id FROM item FOR UPDATE SKIP LOCKED", as: Int.self)
        // Even keys that are not every third are right already.
        #expect(free.sorted() == (1...2000).filter { $0 > 1001 || ($0 % 3 != 0 && $0 % 2 == 0) })
        try holder.runScript("ROLLBACK")
        #expect(try await outcome.changed == 1333)
    }
}
