import Postgres
import TestSupport
import Testing

@testable import Bulk

/// Who fills a NOT NULL column that the file does not have.
@Suite(.freshDatabase)
struct FilledColumnTests {
    static let script = """
        CREATE DOMAIN filled AS text DEFAULT 'domain';
        CREATE DOMAIN strict AS text NOT NULL;
        CREATE TABLE kept (n int PRIMARY KEY, u text NOT NULL, v text);
        CREATE TABLE others (
            n int PRIMARY KEY, v text, f filled NOT NULL, s strict DEFAULT 'column',
            i int GENERATED ALWAYS AS IDENTITY, g int GENERATED ALWAYS AS (n * 2) STORED NOT NULL
        );
        CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN new.u := coalesce(new.u, 'trigger'); RETURN new; END $$;
        """
    static let trigger = "CREATE TRIGGER fill BEFORE INSERT ON kept FOR EACH ROW EXECUTE FUNCTION fill();"

    @Test(arguments: [ImportConflict.error, .doNothing(key: nil), .update(key: nil)])
    func `a trigger, a domain, an identity and an expression are respected`(_ conflict: ImportConflict) throws
    {
        let connection = try connection(running: Self.script + Self.trigger)
        try connection.load("n,v\n1,x\n", into: "kept") { $0.onConflict = conflict }
        #expect(try connection.lines("SELECT u FROM kept") == ["trigger"])
        try connection.load("n,v\n1,x\n", into: "others") { $0.onConflict = conflict }
        #expect(try connection.lines("SELECT f, s, g FROM others") == ["domain|column|2"])
    }

    @Test(arguments: ["", trigger + "ALTER TABLE kept DISABLE TRIGGER fill"])
    func `a column that nobody fills is refused before the first row`(_ script: String) throws {
        let connection = try connection(running: Self.script + script)
        let error = try #require(throws: ImportError.self) { try connection.load("n,v\n1,x\n", into: "kept") }
        guard case .unsuitable(_, _, _, let problems) = error else { throw error }
        #expect(problems == [.target(.missingValue(column: "u", type: "text"))])
    }

    @Test func `a trigger that leaves a column empty is told with the line`() throws {
        let connection = try connection(
            running: Self.script.replacing("coalesce(new.u, 'trigger')", with: "new.u") + Self.trigger
        )
        let error = try #require(throws: ImportError.self) { try connection.load("n,v\n1,x\n", into: "kept") }
        guard case .refused(_, let refusal, let place) = error else { throw error }
        #expect(refusal.sqlState.rawValue == "23502" && place?.line == 2)
    }
}
