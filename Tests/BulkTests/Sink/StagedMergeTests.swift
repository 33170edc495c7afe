import Bulk
import Postgres
import TestSupport
import Testing

/// An upsert of a staged set into an ordinary table goes by MERGE.
@Suite(.freshDatabase)
struct StagedMergeTests {
    static let script = """
        CREATE TABLE item (id int PRIMARY KEY, name text, v int);
        INSERT INTO item SELECT id, 'old', id FROM generate_series(1, 10) AS id;
        """
    static let columns = ["id", "name", "v"]
    static let staged = WriteOptions(method: .only(.staged), chunk: ChunkLimit(rows: 4))

    /// The keys from 6 to 15 in this order; the rows 6 and 7 are right already.
    static let rows = (6...15).map(row)

    static func row(_ id: Int) -> (Int32, String, Int32?) {
        let v: Int32? = id == 12 ? nil : Int32(id)
        return (Int32(id), id < 8 ? "old" : "new", v)
    }

    static let sink = Sink.upsert(into: "item", columns: columns, conflict: ["id"])

    @Test(arguments: [rows, rows.reversed()])
    func `new, changed and unchanged rows are counted apart`(_ rows: [(Int32, String, Int32?)]) throws {
        let connection = try connection(running: Self.script)
        let outcome = try connection.write(rows, to: Self.sink, options: Self.staged).outcome
        #expect([outcome.inserted, outcome.updated, outcome.unchanged, outcome.duplicates] == [5, 3, 2, 0])
        #expect(
            try connection.lines("SELECT id, name, v FROM item WHERE id > 6 ORDER BY id")
                == Self.rows.dropFirst().map { "\($0.0)|\($0.1)|\($0.2.map { "\($0)" } ?? "∅")" }
        )
    }

    @Test(arguments: [(DuplicateRule.firstWins, "a"), (.lastWins, "c")])
    func `duplicates are settled before the join`(_ rule: DuplicateRule, _ name: String) throws {
        let connection = try connection(running: Self.script)
        var sink = Self.sink
        sink.duplicates = rule
        let rows: [(Int32, String, Int32?)] = [
            (20, "a", 1), (3, "a", 3), (20, "b", 1), (3, "c", 3), (20, "c", 1),
        ]
        let outcome = try connection.write(rows, to: sink, options: Self.staged).outcome
        #expect([outcome.inserted, outcome.updated, outcome.unchanged, outcome.duplicates] == [1, 1, 0, 3])
        #expect(try connection.lines("SELECT name FROM item WHERE id IN (3, 20)") == [name, name])
    }

    @Test func `duplicates are refused by their key where that is the rule`() throws {
        let connection = try connection(running: Self.script)
        var sink = Self.sink
        sink.duplicates = .error
        let error = try #require(throws: TargetError.self) {
            try connection.write(Self.rows + [Self.rows[3]], to: sink, options: Self.staged)
        }
        #expect("\(error)".contains("\"id\": 9"))
    }

    @Test func `rows that are there are left alone where that is asked`() throws {
        let connection = try connection(running: Self.script)
        let sink = Sink.upsert(
            into: "item",
            columns: Self.columns,
            conflict: ["id"],
            onConflict: .doNothing
        )
        let outcome = try connection.write(Self.rows, to: sink, options: Self.staged).outcome
        #expect([outcome.inserted, outcome.updated, outcome.unchanged] == [5, 0, 5])
        #expect(try connection.lines("SELECT DISTINCT name FROM item WHERE id <= 10") == ["old"])
    }

    @Test func `a key that another transaction adds meanwhile is updated, not refused`() async throws {
        let other = try connection(running: Self.script)
        try other.runScript("BEGIN; INSERT INTO item VALUES (12, 'theirs', 0)")
        let session = try TestDatabase.current.session()
        async let outcome = session.withConnection {
            try $0.write(Self.rows, to: Self.sink, options: Self.staged).outcome
        }
        let observer = try connection()
        try await eventually("the writer waits in its MERGE") {
            try observer.lockWaiters(running: "MERGE%") == 1
        }
        try other.runScript("COMMIT")
        let counts = try await outcome
        #expect([counts.inserted, counts.updated, counts.unchanged] == [4, 4, 2])
        #expect(try observer.lines("SELECT name, v FROM item WHERE id = 12") == ["new|∅"])
    }

    @Test func `the caller's settings and transaction are as they were`() throws {
        let connection = try connection(running: Self.script)
        try connection.runScript(
            "BEGIN; SET LOCAL enable_hashjoin = off; SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '1MB'"
        )
        try connection.write(Self.rows, to: Self.sink, options: Self.staged)
        try connection.write(Self.rows, to: Self.sink, options: Self.staged)
        #expect(try connection.lines("SHOW enable_hashjoin") == ["off"])
        #expect(try connection.lines("SHOW enable_mergejoin") == ["on"])
        #expect(try connection.lines("SHOW enable_nestloop") == ["off"])
        #expect(try connection.lines("SHOW work_mem") == ["1MB"])
        try connection.runScript("COMMIT")
        #expect(try connection.lines("SELECT count(*) FROM item") == ["15"])
    }

    /// ON CONFLICT fires the triggers of an insert for every row, so a table with triggers keeps it.
    @Test func `triggers see what they would see with any other method`() throws {
        let connection = try connection(
            running: Self.script + """
                CREATE TABLE seen (id int);
                CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
                    'BEGIN INSERT INTO seen VALUES (new.id); RETURN new; END';
                CREATE TRIGGER note BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION note();
                """
        )
        try connection.write(Self.rows, to: Self.sink, options: Self.staged)
        #expect(try connection.lines("SELECT count(*) FROM seen") == ["10"])
    }
}
