import Postgres
import TestSupport
import Testing

@testable import Bulk

/// What is said to be stored is what the server has stored.
@Suite(.freshDatabase)
struct StoredCountTests {
    static let script = """
        CREATE TABLE kept (n int PRIMARY KEY, t text CHECK (t <> 'bad'));
        INSERT INTO kept VALUES (1, 'a');
        CREATE FUNCTION drop_some() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN IF new.t = 'drop' THEN RETURN NULL; END IF; RETURN new; END $$;
        CREATE TRIGGER dropping BEFORE INSERT ON kept FOR EACH ROW EXECUTE FUNCTION drop_some();
        CREATE TABLE parted (n int PRIMARY KEY, t text) PARTITION BY RANGE (n);
        CREATE TABLE low PARTITION OF parted FOR VALUES FROM (0) TO (3);
        CREATE TABLE high PARTITION OF parted FOR VALUES FROM (3) TO (100);
        CREATE TRIGGER dropping BEFORE INSERT ON low FOR EACH ROW EXECUTE FUNCTION drop_some()
        """

    func chunked(
        _ text: String,
        into table: String = "kept",
        maxSkipped: Int = 0,
        _ conflict: ImportConflict = .error,
        on connection: Connection
    ) throws -> WriteOutcome {
        try withFile(Array(text.utf8)) { source in
            var load = FileImport(source, into: table)
            load.onConflict = conflict
            var settings = ChunkedImport.Settings()
            (settings.chunkSize, settings.maxSkipped) = (1, maxSkipped)
            let start = ChunkedImport.Start()
            let ledger = UnrecordedImport()
            return try ChunkedImport.run(load, from: start, settings, ledger: ledger, on: connection) { _ in }
                .outcome
        }
    }

    @Test(arguments: [ImportConflict.error, .doNothing(key: nil), .update(key: nil)])
    func `rows that a trigger has dropped are counted as dropped`(_ conflict: ImportConflict) throws {
        let connection = try connection(running: Self.script)
        let known = conflict == .error ? "" : "1,a\n"
        let text = "n,t\n\(known)2,drop\n3,b\n4,drop\n"
        for outcome in [
            try connection.load(text, into: "kept") { $0.onConflict = conflict }.outcome,
            try again(on: connection) { try chunked(text, conflict, on: connection) },
        ] {
            #expect(outcome.inserted == 1 && outcome.dropped == 2 && outcome.updated == 0)
            #expect(outcome.unchanged == (known.isEmpty ? 0 : 1))
        }
        #expect(try connection.lines("SELECT n FROM kept ORDER BY n") == ["1", "3"])
    }

    private func again<Value>(on connection: Connection, _ body: () throws -> Value) throws -> Value {
        try connection.execute("DELETE FROM kept WHERE n > 1")
        return try body()
    }

    @Test(arguments: [ImportConflict.error, .update(key: nil)])
    func `a trigger of one partition is seen`(_ conflict: ImportConflict) throws {
        let connection = try connection(running: Self.script)
        let outcome = try chunked("n,t\n1,a\n2,drop\n4,drop\n", into: "parted", conflict, on: connection)
        #expect(outcome.inserted == 2 && outcome.dropped == 1)
    }

    @Test func `rows that are stored again in parts are counted once`() throws {
        let connection = try connection(running: Self.script)
        let rows = (2...3000).map { "\($0),\($0 % 7 == 0 ? "bad" : $0 % 5 == 0 ? "drop" : "good")\n" }
        let outcome = try chunked("n,t\n" + rows.joined(), maxSkipped: 1000, on: connection)
        let stored = try connection.queryOne("SELECT count(*) - 1 FROM kept", as: Int.self)
        #expect(outcome.inserted == stored)
        #expect(outcome.dropped == (2...3000).count { $0 % 7 != 0 && $0 % 5 == 0 })
    }

    @Test func `rows of a plain insert that a trigger has dropped are not unchanged ones`() throws {
        let connection = try connection(running: Self.script)
        let batch = try Batch([(8, "x"), (9, "drop")])
        let sink = Sink.insert(into: "kept", columns: ["n", "t"])
        let writer = try SinkWriter(sink, on: connection)
        let outcome = try connection.transaction { try writer.write(batch, on: $0) }
        #expect(outcome.inserted == 1 && outcome.unchanged + outcome.dropped == 1)
    }
}
