import Bulk
import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase)
struct CopyRowsTests {
    static let script = """
        CREATE TYPE mood AS ENUM ('sad', 'happy');
        CREATE DOMAIN label AS varchar(10);
        CREATE TABLE kept (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int NOT NULL, t text, m mood, l label)
        """

    @Test func `rows go in as they are`() throws {
        let connection = try connection(running: Self.script)
        let stored = try connection.copyRows(into: "kept", columns: ["id", "n", "t", "m", "l"]) { rows in
            try rows.write(Int64(7), Int32(1), "a\tb\\\n日本" as String?, "happy" as String?, "x")
            try rows.write(Int64(8), Int32(-1), nil as String?, nil as String?, "y")
        }
        #expect(stored == 2)
        #expect(
            try connection.lines("SELECT * FROM kept ORDER BY id") == [
                "7|1|a\tb\\\n日本|happy|x", "8|-1|∅|∅|y",
            ]
        )
    }

    @Test func `types that COPY would misread are refused before the first row`() throws {
        let connection = try connection(running: Self.script)
        let error = try #require(throws: TargetError.self) {
            try connection.copyRows(into: "kept", columns: ["n", "t"]) { try $0.write(Int64(1), true) }
        }
        #expect(
            error.description == """
                The table public.kept cannot take these rows:
                  - the column n is integer and the values are bigint, which does not fit; send its own type, or text.
                  - the column t is text and the values are boolean, which does not fit; send its own type, or text.
                """
        )
        #expect(try connection.queryOne("SELECT count(*) FROM kept", as: Int.self) == 0)
    }

    @Test func `a throwing body stores nothing and keeps its error`() throws {
        struct Stop: Error {}
        let connection = try connection(running: Self.script)
        #expect(throws: Stop.self) {
            try connection.copyRows(into: "kept", columns: ["n"]) { rows in
                for number in Int32(0)..<100_000 { try rows.write(number) }
                throw Stop()
            }
        }
        #expect(try connection.queryOne("SELECT count(*) FROM kept", as: Int.self) == 0)
    }

    @Test func `the server's error comes out, also long before the last row`() throws {
        let connection = try connection(running: Self.script + "; ALTER TABLE kept ADD CHECK (n <> 10)")
        let error = try #require(throws: PostgresError.self) {
            try connection.copyRows(into: "kept", columns: ["n", "t"]) { rows in
                for number in Int32(0)..<1_000_000 {
                    try rows.write(number, "something to fill the buffers with")
                }
            }
        }
        #expect(error.sqlState?.rawValue == "23514")
        #expect(try connection.queryOne("SELECT count(*) FROM kept", as: Int.self) == 0)
    }

    @Test func `a missing value is found before the first row`() throws {
        let connection = try connection(running: Self.script)
        #expect(throws: TargetError.self) {
            try connection.copyRows(into: "kept", columns: ["t"]) { try $0.write("x") }
        }
    }
}
