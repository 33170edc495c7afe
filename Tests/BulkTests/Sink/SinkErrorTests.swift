import Bulk
import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase)
struct SinkErrorTests {
    static let script = """
        CREATE TABLE city (
            id bigint PRIMARY KEY, name text NOT NULL, population int, price numeric, at timestamp, small smallint,
            UNIQUE (population, name)
        );
        CREATE TABLE counter (
            id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int, twice int GENERATED ALWAYS AS (n * 2) STORED
        );
        CREATE VIEW big AS SELECT * FROM city;
        """

    func problems(_ sink: Sink) throws -> [String] {
        let connection = try connection(running: Self.script)
        let error = try #require(throws: TargetError.self) { _ = try SinkWriter(sink, on: connection) }
        guard case .unsuitable(_, let problems) = error else { throw error }
        return problems.map(\.description)
    }

    struct Case: Sendable {
        let sink: Sink
        let problems: [String]
    }

    static let keys = "there are: city_pkey (id); city_population_name_key (population, name)."
    static let cases = [
        Case(
            sink: .insert(into: "city", columns: ["id", "nmae", "wholly_other"]),
            problems: [
                "there is no column nmae. Did you mean name?", "there is no column wholly_other.",
                "the column name (text) is NOT NULL, has no default and gets no value; add it.",
            ]
        ),
        Case(
            sink: .insert(into: "city", columns: ["id", "name", "id"]),
            problems: ["the column id is named twice; name it once."]
        ),
        Case(
            sink: .insert(into: "counter", columns: ["id", "twice"]),
            problems: [
                "the column id is GENERATED ALWAYS AS IDENTITY; leave it out.",
                "the column twice is computed by the server (GENERATED); leave it out.",
            ]
        ),
        Case(
            sink: .upsert(into: "city", columns: ["id", "name"], conflict: ["name"]),
            problems: ["no primary key, unique constraint or plain unique index is over (name); " + keys]
        ),
        Case(
            sink: .upsert(into: "city", columns: ["id", "name"], conflict: .constraint("nope")),
            problems: ["there is no unique constraint nope; " + keys]
        ),
        Case(
            sink: .upsert(into: "city", columns: ["id", "name"], conflict: ["population", "name"]),
            problems: ["the column population gets no value; add it to the columns."]
        ),
        Case(
            sink: .upsert(
                into: "city",
                columns: ["id", "name"],
                conflict: ["id"],
                onConflict: .update(["price"])
            ),
            problems: ["the column price gets no value; add it to the columns."]
        ),
        Case(
            sink: .update("city", key: ["id"], set: []),
            problems: ["no columns to set are named; name at least one."]
        ),
        Case(
            sink: .update("counter", key: ["id"], set: ["twice"]),
            problems: ["the column twice is computed by the server (GENERATED); leave it out."]
        ),
        Case(sink: .delete(from: "city", key: []), problems: ["no columns are named; name at least one."]),
    ]

    @Test(arguments: cases)
    func `a sink that does not fit its table says why`(_ example: Case) throws {
        #expect(try problems(example.sink) == example.problems)
    }

    @Test func `values of another type are refused with both names before anything is sent`() throws {
        let connection = try connection(running: Self.script)
        let sink = Sink.insert(into: "city", columns: ["id", "name", "population", "price", "at"])
        let batch = try Batch([(Int64(1), true, 1.5, 2.5, Int64(3))])
        let error = try #require(throws: TargetError.self) {
            _ = try SinkWriter(sink, on: connection).write(batch, on: connection)
        }
        #expect(
            error.description == """
                The table public.city cannot take these rows:
                  - the column name is text and the values are boolean, which does not fit; send its own type, or text.
                  - the column population is integer and the values are double precision, which does not fit; send its own type, or text.
                  - the column price is numeric and the values are double precision, which does not fit; send its own type, or text.
                  - the column at is timestamp without time zone and the values are bigint, which does not fit; send its own type, or text.
                """
        )
    }

    @Test func `a number out of range is an error, not another number`() throws {
        let connection = try connection(running: Self.script)
        let writer = try SinkWriter(.insert(into: "city", columns: ["id", "name", "small"]), on: connection)
        let error = try #require(throws: PostgresError.self) {
            _ = try writer.write(Batch([(1, "a", 70_000)]), on: connection)
        }
        #expect(error.sqlState?.rawValue == "22003")
    }

    @Test func `rows of the wrong width are refused`() throws {
        let connection = try connection(running: Self.script)
        let writer = try SinkWriter(.insert(into: "city", columns: ["id", "name"]), on: connection)
        let error = try #require(throws: TargetError.self) {
            _ = try writer.write(Batch(column: [1]), on: connection)
        }
        #expect(error.description.contains("a row has 1 value for 2 columns"))
    }

    @Test(arguments: [
        ("ctiy", "There is no table ctiy. Did you mean city?"),
        ("other.city", "There is no table other.city."),
        ("big", "big is a view"), ("city_pkey", "city_pkey is an index"),
        ("a b", "\"a b\" is not a name"),
    ])
    func `a table that is none`(_ name: String, _ message: String) throws {
        let connection = try connection(running: Self.script)
        let error = try #require(throws: TargetError.self) {
            _ = try SinkWriter(.delete(from: name, key: ["id"]), on: connection)
        }
        #expect(error.description.hasPrefix(message))
    }

    @Test func `a role that may not write gets the server's word and writes nothing`() throws {
        let connection = try connection(
            running: Self.script
                + "; CREATE ROLE reader_of_bulk_tests; GRANT SELECT ON city TO reader_of_bulk_tests"
        )
        defer {
            try? connection.runScript(
                "RESET ROLE; DROP OWNED BY reader_of_bulk_tests; DROP ROLE reader_of_bulk_tests"
            )
        }
        try connection.runScript("SET ROLE reader_of_bulk_tests")
        let writer = try SinkWriter(.insert(into: "city", columns: ["id", "name"]), on: connection)
        let error = try #require(throws: PostgresError.self) {
            _ = try writer.write(Batch([(1, "a")]), on: connection)
        }
        #expect(error.sqlState == .insufficientPrivilege)
    }
}
