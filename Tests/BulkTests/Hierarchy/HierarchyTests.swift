import Bulk
import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase)
struct HierarchyTests {
    /// A trigger that looks for the parent sees only what earlier statements stored.
    static let script = """
        CREATE TABLE region (id int PRIMARY KEY, parent_id int REFERENCES region, name text);
        CREATE FUNCTION parent_is_there() RETURNS trigger LANGUAGE plpgsql STABLE AS $$
        BEGIN
            IF NEW.parent_id <> NEW.id AND NOT EXISTS (SELECT FROM region WHERE id = NEW.parent_id) THEN
                RAISE 'no parent % of % yet', NEW.parent_id, NEW.id;
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER parent BEFORE INSERT ON region FOR EACH ROW EXECUTE FUNCTION parent_is_there();
        INSERT INTO region VALUES (1000, NULL, 'there');
        """

    static func sink(_ kind: String) -> Sink {
        let columns = ["id", "parent_id", "name"]
        var sink =
            kind == "insert"
            ? Sink.insert(into: "region", columns: columns)
            : Sink.upsert(into: "region", columns: columns, conflict: ["id"])
        sink.hierarchy = Hierarchy(key: ["id"], parent: ["parent_id"])
        return sink
    }

    /// Children of 2i and 2i + 1, the deepest first; 1 is below a row of the table.
    static let tree: [(Int32, Int32?, String)] = (1...500).reversed().map {
        ($0, $0 == 1 ? 1000 : $0 / 2, "region \($0)")
    }

    @Test(arguments: ["insert", "upsert"])
    func `parents are written before their children`(_ kind: String) throws {
        let connection = try connection(running: Self.script)
        let options = WriteOptions(chunk: ChunkLimit(rows: 64))
        let result = try connection.write(Self.tree, to: Self.sink(kind), options: options)
        #expect(result.method == .staged && result.outcome.inserted == 500 && result.outcome.proposed == 500)
        #expect(try connection.queryOne("SELECT count(*) FROM region", as: Int.self) == 501)
    }

    @Test func `without the hierarchy the same rows fail`() throws {
        let connection = try connection(running: Self.script)
        var sink = Self.sink("insert")
        sink.hierarchy = nil
        #expect(throws: PostgresError.self) { try connection.write(Self.tree, to: sink) }
    }

    @Test func `a row may be its own parent, and a batch is a set of its own`() throws {
        let connection = try connection(running: Self.script)
        let batch = try Batch([(2, 1 as Int?, "b"), (1, 1, "a"), (3, 2, "c")])
        let outcome = try SinkWriter(Self.sink("upsert"), on: connection).write(batch, on: connection)
        #expect(outcome.inserted == 3)
    }

    @Test func `cycles are named by their keys and nothing is stored`() throws {
        let connection = try connection(running: Self.script)
        let rows: [(Int32, Int32?, String)] = [
            (1, nil, "root"), (2, 4, "a"), (3, 2, "b"), (4, 3, "c"), (5, 4, "below"), (6, 7, "d"),
            (7, 6, "e"),
        ]
        let error = try #require(throws: TargetError.self) {
            try connection.write(rows, to: Self.sink("insert"))
        }
        #expect(error.description.contains("their own ancestors: 2 → 4 → 3 → 2; 6 → 7 → 6."))
        #expect(try connection.queryOne("SELECT count(*) FROM region", as: Int.self) == 1)
    }

    @Test func `rows with the same key are refused in an insert and settled in an upsert`() throws {
        let connection = try connection(running: Self.script)
        let rows: [(Int32, Int32?, String)] = [(1, nil, "a"), (2, 1, "b"), (2, nil, "c"), (3, 2, "d")]
        let error = try #require(throws: TargetError.self) {
            try connection.write(rows, to: Self.sink("insert"))
        }
        #expect(error.description.contains(#"the same key {"id": 2}"#))
        let outcome = try connection.write(rows, to: Self.sink("upsert")).outcome
        #expect([outcome.inserted, outcome.duplicates, outcome.proposed] == [3, 1, 4])
        #expect(try connection.lines("SELECT name FROM region WHERE id = 2") == ["c"])
    }

    @Test func `keys of several columns work too`() throws {
        let connection = try connection(
            running: """
                CREATE TABLE part (
                    a int, b text, pa int, pb text, PRIMARY KEY (a, b), FOREIGN KEY (pa, pb) REFERENCES part
                )
                """
        )
        var sink = Sink.insert(into: "part", columns: ["a", "b", "pa", "pb"])
        sink.hierarchy = Hierarchy(key: ["a", "b"], parent: ["pa", "pb"])
        let rows = [
            (Int32(1), "y", Int32(1) as Int32?, "x" as String?), (1, "x", nil, nil), (2, "x", 1, "y"),
        ]
        #expect(try connection.write(rows, to: sink).outcome.inserted == 3)
    }

    @Test func `a hierarchy that does not fit says why`() throws {
        let connection = try connection(running: Self.script)
        func problem(_ sink: Sink, _ hierarchy: Hierarchy) throws -> String {
            var sink = sink
            sink.hierarchy = hierarchy
            return try #require(throws: TargetError.self) { try SinkWriter(sink, on: connection) }.description
        }
        let byID = Hierarchy(key: ["id"], parent: ["parent_id"])
        #expect(
            try problem(.insert(into: "region", columns: ["id"]), byID).contains("parent_id gets no value")
        )
        #expect(
            try problem(Self.sink("insert"), Hierarchy(key: ["id"], parent: [])).contains(
                "1 key and 0 parent"
            )
        )
        #expect(
            try problem(.update("region", key: ["id"], set: ["parent_id"]), byID).contains(
                "only inserts and upserts"
            )
        )
        #expect(
            try problem(Self.sink("upsert"), Hierarchy(key: ["name"], parent: ["parent_id"]))
                .contains("name the same key")
        )
    }
}
