import Postgres
import TestSupport
import Testing

@testable import Bulk

/// What the server says when a statement or a transaction ends has the line of the row as well.
@Suite(.freshDatabase)
struct RefusedLineTests {
    static let script = """
        CREATE TABLE parent (n int PRIMARY KEY);
        INSERT INTO parent VALUES (1);
        CREATE TABLE child (
            n int PRIMARY KEY, p int REFERENCES parent, e text UNIQUE,
            d int REFERENCES parent DEFERRABLE INITIALLY DEFERRED, k text CHECK (k <> 'bad')
        );
        INSERT INTO child VALUES (1000, 1, 'there', 1, NULL);
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN IF new.k = tg_argv[0] THEN RAISE 'no % here', new.n; END IF; RETURN new; END $$;
        CREATE TRIGGER late AFTER INSERT ON child FOR EACH ROW EXECUTE FUNCTION refuse('late');
        CREATE CONSTRAINT TRIGGER latest AFTER INSERT ON child DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION refuse('latest')
        """

    /// A way to import.
    enum Way: CaseIterable { case chunks, atOnce, mergedChunks, mergedAtOnce }

    /// 300 good rows, the bad one, and 300 good ones.
    static func file(_ bad: String) -> String {
        let rows = (1...601).map { $0 == 301 ? "301,\(bad)\n" : "\($0),1,e\($0),1,\n" }
        return "n,p,e,d,k\n" + rows.joined()
    }

    @discardableResult
    func load(
        _ text: String,
        _ way: Way,
        maxSkipped: Int = 0,
        on connection: Connection
    ) throws -> ImportResult {
        try withFile(Array(text.utf8)) { source in
            var load = FileImport(source, into: "child")
            if [.mergedChunks, .mergedAtOnce].contains(way) { load.onConflict = .update(key: nil) }
            if [.atOnce, .mergedAtOnce].contains(way) { return try load.run(on: connection) }
            var settings = ChunkedImport.Settings()
            settings.maxSkipped = maxSkipped
            let ledger = UnrecordedImport()
            return try ChunkedImport.run(load, from: .init(), settings, ledger: ledger, on: connection) { _ in
            }
        }
    }

    @Test(
        arguments: ["77,x,1,", "1,there,1,", "1,x,77,", "1,x,1,bad", "1,x,1,late", "1,x,1,latest"],
        Way.allCases
    )
    func `the row is found and nothing is stored`(_ bad: String, _ way: Way) throws {
        let connection = try connection(running: Self.script)
        let error = try #require(throws: ImportError.self) {
            try load(Self.file(bad), way, on: connection)
        }
        guard case .refused(_, _, let place) = error else { throw error }
        #expect(place?.line == 302 && place?.row == 301, "\(error)")
        #expect(try connection.lines("SELECT n FROM child") == ["1000"])
        #expect(connection.transactionStatus == .idle)
    }

    @Test func `a deferred trigger that is about all rows together names none`() throws {
        let connection = try connection(
            running: Self.script + """
                ;
                CREATE FUNCTION balance() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN IF (SELECT sum(n) FROM child) <> 0 THEN RAISE 'not balanced'; END IF; RETURN new; END $$;
                CREATE CONSTRAINT TRIGGER balance AFTER INSERT ON child DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION balance()
                """
        )
        let error = try #require(throws: ImportError.self) {
            try load(Self.file("1,x,1,"), .chunks, on: connection)
        }
        guard case .refused(_, _, nil) = error else { throw error }
    }

    @Test(arguments: [Way.chunks, .mergedChunks])
    func `many rows that are refused in many ways are left out, and only those`(_ way: Way) throws {
        let connection = try connection(running: Self.script)
        func row(_ n: Int) -> String {
            switch n % 50 {
            case 3: "\(n),77,e\(n),1,"
            case 9: "\(n),1,there,1,"
            case 11: "\(n),1,e\(n),1,bad"
            case 17: "x,1,e\(n),1,"
            case 23: "\(n),1,e\(n - 1),1,"
            case 31: "\(n),1,e\(n),1,late"
            default: "\(n),1,e\(n),1,"
            }
        }
        let text = "n,p,e,d,k\n" + (2000...4999).map { row($0) + "\n" }.joined()
        let result = try load(text, way, maxSkipped: 1000, on: connection)
        #expect(result.rowsSkipped == 360 && result.outcome.inserted == 2640)
        #expect(
            try connection.lines("SELECT count(*) - 1, count(DISTINCT e) - 1 FROM child") == ["2640|2640"]
        )
    }

    @Test func `a row is not left out for the sake of one that is left out itself`() throws {
        let connection = try connection(running: Self.script)
        // The third has the same key as the second, which is refused for its own reason when the statement ends.
        let text = "n,p,e,d,k\n1,1,a,1,\n2,77,b,1,\n3,1,b,1,\n4,1,c,1,bad\n5,1,d,1,bad\n6,1,d,1,\n"
        let result = try load(text, .chunks, maxSkipped: 9, on: connection)
        #expect(result.rowsSkipped == 3)
        #expect(try connection.lines("SELECT n FROM child ORDER BY n") == ["1", "3", "6", "1000"])
    }
}
