import Bulk
import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase)
struct ReturningTests {
    static let script = """
        CREATE TABLE city (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE, population int
        );
        INSERT INTO city (name, population) VALUES ('Andorra', 1), ('Berlin', 2);
        """

    /// Names in no order of their own.
    static let names = (0..<300).map { "city \(($0 * 7919) % 1009)" }

    @Test(arguments: [WriteMethod.values, .unnest, .staged])
    func `generated keys come back in the order of the input`(_ method: WriteMethod) throws {
        let connection = try connection(running: Self.script)
        let (result, rows) = try connection.write(
            Self.names,
            to: .insert(into: "city", columns: ["population", "name"]),
            options: WriteOptions(method: .only(method), chunk: ChunkLimit(rows: 100)),
            returning: ["id", "name", "population"],
            order: .input,
            as: Int64.self,
            String.self,
            Int32.self
        ) { try $1.append(Int32(5), $0) }
        #expect(result.outcome.inserted == 300 && rows.map { $0.1 } == Self.names)
        let stored = try connection.query("SELECT name, id FROM city", as: String.self, Int64.self)
        let ids = Dictionary(uniqueKeysWithValues: stored.map { ($0.0, $0.1) })
        #expect(rows.map { $0.0 } == Self.names.compactMap { ids[$0] })
    }

    @Test func `keys that only defaults make are drawn in the order of the input`() throws {
        let connection = try connection(
            running: """
                CREATE TABLE log (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, line text);
                CREATE TABLE token (id uuid DEFAULT gen_random_uuid() PRIMARY KEY, line text);
                CREATE TABLE old (id serial PRIMARY KEY, line text);
                """
        )
        let lines = ["b", "a", "c", "a"]
        for table in ["log", "old"] {
            let (_, rows) = try connection.write(
                lines,
                to: .insert(into: table, columns: ["line"]),
                returning: ["line", "id"],
                order: .input,
                as: String.self,
                Int.self
            ) { try $1.append($0) }
            #expect(rows.map { "\($0.0)\($0.1)" } == ["b1", "a2", "c3", "a4"])
        }
        let (_, tokens) = try connection.write(
            lines,
            to: .insert(into: "token", columns: ["line"]),
            returning: ["line"],
            order: .input,
            as: String.self
        ) { try $1.append($0) }
        #expect(tokens == lines)
    }

    @Test func `an upsert returns a row for each of the input, also for those it leaves alone`() throws {
        let connection = try connection(running: Self.script)
        let input = ["Cairo", "Berlin", "Andorra", "Cairo"]
        for action in [ConflictAction.doNothing, .updateAll] {
            let (result, rows) = try connection.write(
                input,
                to: .upsert(
                    into: "city",
                    columns: ["name", "population"],
                    conflict: ["name"],
                    onConflict: action
                ),
                returning: ["name", "id"],
                order: .input,
                as: String.self,
                Int.self
            ) { try $1.append($0, Int32(2)) }
            #expect(rows.map { $0.0 } == input && result.outcome.duplicates == 1)
            #expect([rows[1].1, rows[2].1] == [2, 1] && rows[0].1 == rows[3].1)
        }
    }

    @Test func `by default the rows that changed come back`() throws {
        let connection = try connection(running: Self.script)
        let upsert = Sink.upsert(into: "city", columns: ["name", "population"], conflict: ["name"])
        let input = [("Berlin", Int32(9)), ("Andorra", 1), ("Cairo", 7)]
        let written = try connection.write(
            input,
            to: upsert,
            returning: ["name", "population"],
            as: String.self,
            Int.self
        )
        #expect(Set(written.rows.map { "\($0.0) \($0.1)" }) == ["Berlin 9", "Cairo 7"])
        #expect([written.result.outcome.inserted, written.result.outcome.updated] == [1, 1])
        #expect(written.result.outcome.unchanged == 1 && written.result.method == .unnest)
        let deleted = try connection.write(
            ["Cairo", "Nowhere"],
            to: .delete(from: "city", key: ["name"]),
            returning: ["population"],
            as: Int.self
        ) { try $1.append($0) }
        #expect(deleted.rows == [7] && deleted.result.outcome.missing == 1)
        let nothing = try connection.write(
            [("Berlin", Int32(9))],
            to: upsert,
            returning: ["id"],
            as: Int.self
        )
        #expect(nothing.rows.isEmpty && nothing.result.outcome.unchanged == 1)
    }

    @Test func `an order that cannot be guaranteed is refused with the reason`() throws {
        let connection = try connection(running: Self.script + "CREATE TABLE heap (a int, b int UNIQUE)")
        func problem(_ sink: Sink) throws -> String {
            let error = try #require(throws: TargetError.self) {
                _ = try connection.write(
                    [(Int32(1), Int32(2))],
                    to: sink,
                    returning: ["a"],
                    order: .input,
                    as: Int.self
                )
            }
            return error.description
        }
        let insert = Sink.insert(into: "heap", columns: ["a", "b"])
        #expect(try problem(insert).contains("the table has no unique key of NOT NULL columns"))
        let upsert = Sink.upsert(into: "heap", columns: ["a", "b"], conflict: ["b"])
        #expect(try problem(upsert).contains("a column of the conflict's key may be NULL"))
        #expect(try problem(.update("heap", key: ["a"], set: ["b"])).contains("only inserts and upserts can"))
    }

    @Test func `a trigger that changes keys loses the order, and nothing is stored`() throws {
        let connection = try connection(
            running: Self.script + """
                CREATE FUNCTION other_key() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN NEW.name := NEW.name || '!'; RETURN NEW; END $$;
                CREATE TRIGGER other_key BEFORE INSERT ON city FOR EACH ROW EXECUTE FUNCTION other_key();
                ALTER TABLE city DROP CONSTRAINT city_pkey;
                """
        )
        let error = try #require(throws: TargetError.self) {
            try connection.write(
                ["Essen"],
                to: .insert(into: "city", columns: ["name"]),
                returning: ["id"],
                order: .input,
                as: Int.self
            ) { try $1.append($0) }
        }
        #expect(error.description.contains("has another key than it was given"))
        #expect(try connection.queryOne("SELECT count(*) FROM city", as: Int.self) == 2)
    }

    @Test func `rows of an attempt that was rolled back do not come back`() throws {
        let connection = try connection(
            running: Self.script + """
                CREATE SEQUENCE attempt;
                CREATE FUNCTION fail_once() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF NEW.name = 'Essen' AND nextval('attempt') = 1 THEN
                        RAISE EXCEPTION USING ERRCODE = 'serialization_failure';
                    END IF;
                    RETURN NULL;
                END $$;
                CREATE CONSTRAINT TRIGGER fail_once AFTER INSERT ON city DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION fail_once();
                """
        )
        let (result, rows) = try connection.write(
            ["Cairo", "Dakar", "Essen", "Fes"],
            to: .insert(into: "city", columns: ["name"]),
            options: WriteOptions(transactions: .perChunk, chunk: ChunkLimit(rows: 2)),
            returning: ["name"],
            order: .input,
            as: String.self
        ) { try $1.append($0) }
        #expect(rows == ["Cairo", "Dakar", "Essen", "Fes"] && result.outcome.inserted == 4)
        #expect(try connection.queryOne("SELECT nextval('attempt')", as: Int.self) == 3)
    }

    @Test func `a table may have columns called like those of the statement`() throws {
        let connection = try connection(
            running:
                "CREATE TABLE odd (kind text PRIMARY KEY, after int, ordinal int); INSERT INTO odd VALUES ('a', 1, 1)"
        )
        let sink = Sink.upsert(into: "odd", columns: ["kind", "after", "ordinal"], conflict: ["kind"])
        let rows = [("a", Int32(2), Int32(2)), ("b", 3, 3)]
        let written = try connection.write(
            rows,
            to: sink,
            returning: ["kind", "after"],
            order: .input,
            as: String.self,
            Int.self
        )
        #expect(written.rows.map { "\($0.0)\($0.1)" } == ["a2", "b3"])
        let inserted = try connection.write(
            [("c", Int32(4), Int32(4))],
            to: .insert(into: "odd", columns: ["kind", "after", "ordinal"]),
            returning: ["kind"],
            order: .input,
            as: String.self
        )
        #expect(inserted.rows == ["c"])
        let changes = try connection.rolledBackTransaction { connection in
            try SinkWriter(sink, on: connection).writeShowingRows(
                Batch([("a", Int32(9), Int32(9))]),
                on: connection
            )
        }
        #expect(
            changes == [
                RowChange(
                    before: #"{"kind": "a", "after": 2, "ordinal": 2}"#,
                    after: #"{"kind": "a", "after": 9, "ordinal": 9}"#
                )
            ]
        )
    }
}
