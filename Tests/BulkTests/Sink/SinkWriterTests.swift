import Bulk
import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase)
struct SinkWriterTests {
    static let city = """
        CREATE TABLE city (
            id bigint PRIMARY KEY, name text NOT NULL, population int, note text DEFAULT 'none',
            CONSTRAINT city_name_key UNIQUE (name)
        );
        INSERT INTO city VALUES (1, 'Andorra', 10), (2, 'Berlin', 20), (3, 'Cairo', NULL);
        """

    func write(
        _ sink: Sink,
        _ batch: Batch,
        script: String = city,
        on existing: Connection? = nil
    ) throws -> (outcome: WriteOutcome, connection: Connection) {
        let connection = try existing ?? connection(running: script)
        return (try SinkWriter(sink, on: connection).write(batch, on: connection), connection)
    }

    @Test func `an insert stores the rows`() throws {
        let batch = try Batch([(9, "Zürich"), (7, "Άθήνα")])
        let (outcome, connection) = try write(.insert(into: "city", columns: ["id", "name"]), batch)
        #expect(outcome.inserted == 2 && outcome.changed == 2)
        #expect(
            try connection.lines("SELECT id, name, note FROM city WHERE id > 3 ORDER BY id") == [
                "7|Άθήνα|none", "9|Zürich|none",
            ]
        )
    }

    @Test func `an insert of a key that is there fails and stores nothing`() throws {
        let connection = try connection(running: Self.city)
        let batch = try Batch([(9, "Z"), (1, "Y")])
        let error = try #require(throws: PostgresError.self) {
            try write(.insert(into: "city", columns: ["id", "name"]), batch, on: connection)
        }
        #expect(error.sqlState == .uniqueViolation)
        #expect(try connection.queryOne("SELECT count(*) FROM city", as: Int.self) == 3)
    }

    @Test func `an upsert inserts, updates and leaves alone, and counts each`() throws {
        let batch = try Batch([
            (1, "Andorra", 10 as Int?), (2, "Berlin", 21), (3, "Cairo", nil), (4, "Delhi", nil),
        ])
        let sink = Sink.upsert(into: "city", columns: ["id", "name", "population"], conflict: ["id"])
        let (outcome, connection) = try write(sink, batch)
        #expect([outcome.proposed, outcome.inserted, outcome.updated, outcome.unchanged] == [4, 1, 1, 2])
        #expect(
            try connection.lines("SELECT id, name, population FROM city ORDER BY id")
                == ["1|Andorra|10", "2|Berlin|21", "3|Cairo|∅", "4|Delhi|∅"]
        )
    }

    @Test func `an upsert by the name of a constraint updates only the columns it was told`() throws {
        let batch = try Batch([(77, "Berlin", 99)])
        let sink = Sink.upsert(
            into: "city",
            columns: ["id", "name", "population"],
            conflict: .constraint("city_name_key"),
            onConflict: .update(["population"])
        )
        let (outcome, connection) = try write(sink, batch)
        #expect(outcome.updated == 1)
        #expect(try connection.lines("SELECT id, population FROM city WHERE name = 'Berlin'") == ["2|99"])
    }

    @Test func `do nothing keeps the row that is there and counts it`() throws {
        let batch = try Batch([(1, "Other"), (5, "Essen")])
        let sink = Sink.upsert(
            into: "city",
            columns: ["id", "name"],
            conflict: ["id"],
            onConflict: .doNothing
        )
        let (outcome, connection) = try write(sink, batch)
        #expect([outcome.inserted, outcome.updated, outcome.unchanged] == [1, 0, 1])
        #expect(
            try connection.lines("SELECT name FROM city WHERE id IN (1, 5) ORDER BY id") == [
                "Andorra", "Essen",
            ]
        )
    }

    @Test(
        arguments: [
            (nil, ConflictAction.updateAll, "c"), (nil, .doNothing, "a"), (.firstWins, .updateAll, "a"),
            (.lastWins, .doNothing, "c"),
        ] as [(DuplicateRule?, ConflictAction, String)]
    )
    func `rows of one batch with the same key are settled by the rule`(
        _ rule: DuplicateRule?,
        _ action: ConflictAction,
        _ winner: String
    ) throws {
        let batch = try Batch([(8, "a"), (9, "z"), (8, "b"), (8, "c")])
        let sink = Sink.upsert(
            into: "city",
            columns: ["id", "name"],
            conflict: ["id"],
            onConflict: action,
            duplicates: rule
        )
        let (outcome, connection) = try write(sink, batch)
        #expect([outcome.inserted, outcome.duplicates, outcome.unchanged] == [2, 2, 0])
        #expect(try connection.lines("SELECT name FROM city WHERE id > 3 ORDER BY id") == [winner, "z"])
    }

    @Test func `duplicates can be an error that names the key, and nothing is written`() throws {
        let connection = try connection(running: Self.city)
        let batch = try Batch([(8, "a"), (9, "z"), (8, "b")])
        let sink = Sink.upsert(into: "city", columns: ["id", "name"], conflict: ["id"], duplicates: .error)
        let writer = try SinkWriter(sink, on: connection)
        try connection.transaction { connection in
            let error = try #require(throws: TargetError.self) { try writer.write(batch, on: connection) }
            #expect(error.description.contains(#"the same key {"id": 8}"#))
        }
        #expect(try connection.queryOne("SELECT count(*) FROM city", as: Int.self) == 3)
    }

    @Test(arguments: [("", 3), ("NULLS NOT DISTINCT", 2)])
    func `rows without a key are no duplicates unless the index says so`(
        _ nulls: String,
        _ inserted: Int
    ) throws {
        let script = "CREATE TABLE tag (a int, b text, UNIQUE \(nulls) (a, b))"
        let batch = try Batch([(nil as Int?, "x"), (nil, "x"), (1, "x"), (1, "x")])
        let sink = Sink.upsert(
            into: "tag",
            columns: ["a", "b"],
            conflict: ["b", "a"],
            onConflict: .doNothing
        )
        #expect(try write(sink, batch, script: script).outcome.inserted == inserted)
    }

    @Test func `keys are the same where the column's collation or type says so`() throws {
        let script = """
            CREATE COLLATION ignoring_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
            CREATE TABLE word (w text COLLATE ignoring_case PRIMARY KEY, n int);
            """
        let batch = try Batch([("Foo", 1), ("foo", 2), ("bar", 3)])
        let (outcome, connection) = try write(
            .upsert(into: "word", columns: ["w", "n"], conflict: ["w"]),
            batch,
            script: script
        )
        #expect([outcome.inserted, outcome.duplicates] == [2, 1])
        // A change that only the collation calls equal is a change all the same.
        let again = try write(
            .upsert(into: "word", columns: ["w", "n"], conflict: ["w"], onConflict: .update(["w"])),
            Batch([("FOO", 2)]),
            on: connection
        )
        #expect(again.outcome.updated == 1)
        #expect(try connection.lines("SELECT w, n FROM word ORDER BY w") == ["bar|3", "FOO|2"])
    }

    @Test func `composed and decomposed letters are two keys`() throws {
        let script = "CREATE TABLE word (w text PRIMARY KEY)"
        let batch = try Batch(column: ["e\u{301}", "\u{E9}"])
        let sink = Sink.upsert(into: "word", columns: ["w"], conflict: ["w"], onConflict: .doNothing)
        #expect(try write(sink, batch, script: script).outcome.inserted == 2)
    }

    @Test func `an update changes rows by key and counts those already right and those missing`() throws {
        let batch = try Batch([(1, 10 as Int?), (2, nil), (3, 30), (99, 1), (3, 31)])
        let (outcome, connection) = try write(.update("city", key: ["id"], set: ["population"]), batch)
        #expect(
            [outcome.proposed, outcome.updated, outcome.unchanged, outcome.missing, outcome.duplicates] == [
                5, 2, 1, 1, 1,
            ]
        )
        #expect(
            try connection.lines("SELECT id, population FROM city ORDER BY id") == ["1|10", "2|∅", "3|31"]
        )
    }

    @Test func `an update that changes nothing writes no new row version unless told to`() throws {
        let connection = try connection(running: Self.city)
        let batch = try Batch([(1, 10 as Int?)])
        let place: SQL = "SELECT ctid FROM city WHERE id = 1"
        let before = try connection.lines(place)
        var sink = Sink.update("city", key: ["id"], set: ["population"])
        #expect(try write(sink, batch, on: connection).outcome.unchanged == 1)
        #expect(try connection.lines(place) == before)
        sink.noOps = .write
        #expect(try write(sink, batch, on: connection).outcome.updated == 1)
        #expect(try connection.lines(place) != before)
    }

    @Test(arguments: [
        ("numeric(8,2)", "1.5", "1.504", 0), ("numeric", "1.5", "1.50", 1),
        ("json", #"{"a":1}"#, #"{"a":1}"#, 0),
        ("json", #"{"a":1}"#, #"{"a": 1}"#, 1), ("point", "(1,2)", "(1,2)", 0),
        ("interval", "24 hours", "1 day", 1),
        ("char(5)", "ab", "ab", 0), ("varchar(5)", "ab", "ab ", 1),
        ("timestamp(0)", "2024-01-01 10:00:00", "2024-01-01 10:00:00.2", 0),
        ("int[]", "{1,2}", "{1,2}", 0), ("int[]", "{1,2}", "{2,1}", 1), ("double precision", "0", "-0", 1),
    ])
    func `a no-op is what would be stored as it is`(
        _ type: String,
        _ old: String,
        _ new: String,
        _ updated: Int
    ) throws {
        let script =
            "CREATE TABLE kept (id int PRIMARY KEY, v \(type)); INSERT INTO kept VALUES (1, '\(old)')"
        let connection = try connection(running: script)
        let batch = try Batch([(1, new)])
        let upsert = Sink.upsert(into: "kept", columns: ["id", "v"], conflict: ["id"])
        #expect(
            try connection.rolledBackTransaction { try write(upsert, batch, on: $0).outcome.updated }
                == updated
        )
        #expect(
            try write(.update("kept", key: ["id"], set: ["v"]), batch, on: connection).outcome.updated
                == updated
        )
    }

    @Test func `a delete removes rows by key, once each`() throws {
        let batch = try Batch(column: [1, 99, 3, 1])
        let (outcome, connection) = try write(.delete(from: "city", key: ["id"]), batch)
        #expect([outcome.deleted, outcome.missing, outcome.duplicates] == [2, 1, 1])
        #expect(try connection.lines("SELECT id FROM city") == ["2"])
    }

    @Test func `names that need quotes work everywhere`() throws {
        let script =
            #"CREATE SCHEMA "My Shop"; CREATE TABLE "My Shop"."Order" ("order" int PRIMARY KEY, "a ""b" text, ordinal int)"#
        let columns = ["order", "a \"b", "ordinal"]
        let batch = try Batch([(1, "x", 5), (1, "y", 4)])
        let (outcome, connection) = try write(
            .upsert(into: #""My Shop"."Order""#, columns: columns, conflict: ["order"]),
            batch,
            script: script
        )
        #expect([outcome.inserted, outcome.duplicates] == [1, 1])
        #expect(try connection.lines(#"SELECT * FROM "My Shop"."Order""#) == ["1|y|4"])
        let update = Sink.update(#""My Shop"."Order""#, key: ["order"], set: ["a \"b", "ordinal"])
        #expect(try write(update, Batch([(1, "z", 4)]), on: connection).outcome.updated == 1)
    }

    @Test func `a partitioned table takes every kind`() throws {
        let script = """
            CREATE TABLE log (id int, day int, v text, PRIMARY KEY (id, day)) PARTITION BY LIST (day);
            CREATE TABLE log_1 PARTITION OF log FOR VALUES IN (1);
            CREATE TABLE log_2 PARTITION OF log FOR VALUES IN (2);
            """
        let connection = try connection(running: script)
        let upsert = Sink.upsert(into: "log", columns: ["id", "day", "v"], conflict: ["id", "day"])
        _ = try write(upsert, Batch([(1, 1, "a"), (2, 2, "b")]), on: connection)
        let outcome = try write(upsert, Batch([(1, 1, "x"), (3, 2, "c")]), on: connection).outcome
        #expect([outcome.inserted, outcome.updated] == [1, 1])
        let update = Sink.update("log", key: ["id", "day"], set: ["v"])
        #expect(try write(update, Batch([(2, 2, "y")]), on: connection).outcome.updated == 1)
        #expect(try connection.lines("SELECT id, v FROM log ORDER BY id") == ["1|x", "2|y", "3|c"])
    }

    @Test func `the rows that change are shown before and after`() throws {
        let connection = try connection(running: Self.city)
        func changes(_ sink: Sink, _ batch: Batch) throws -> [[String?]] {
            try connection.rolledBackTransaction { connection in
                try SinkWriter(sink, on: connection).writeShowingRows(batch, on: connection).map {
                    [$0.before, $0.after]
                }
            }
        }
        let berlin = #"{"id": 2, "name": "Berlin", "note": "none", "population": 20}"#
        let grown = #"{"id": 2, "name": "Berlin", "note": "none", "population": 21}"#
        let essen = #"{"id": 5, "name": "Essen", "note": "none", "population": 1}"#
        let batch = try Batch([(5, "Essen", 1), (2, "Berlin", 21), (1, "Andorra", 10)])
        let columns = ["id", "name", "population"]
        #expect(
            try changes(.upsert(into: "city", columns: columns, conflict: ["id"]), batch) == [
                [berlin, grown], [nil, essen],
            ]
        )
        #expect(
            try changes(.update("city", key: ["id"], set: ["name", "population"]), batch) == [
                [berlin, grown]
            ]
        )
        #expect(try changes(.delete(from: "city", key: ["id"]), Batch(column: [2])) == [[berlin, nil]])
        #expect(
            try changes(.insert(into: "city", columns: columns), Batch([(5, "Essen", 1)])) == [[nil, essen]]
        )
        #expect(try connection.queryOne("SELECT sum(population) FROM city", as: Int.self) == 30)
    }

    @Test func `an empty batch asks the server nothing`() throws {
        let (outcome, connection) = try write(.delete(from: "city", key: ["id"]), Batch())
        #expect(outcome == WriteOutcome())
        #expect(connection.transactionStatus == .idle)
    }
}
