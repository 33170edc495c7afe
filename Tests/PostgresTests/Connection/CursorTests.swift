import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase) struct CursorTests {
    private struct Stop: Error {}

    @Test func `rows come in blocks and then none`() throws {
        let connection = try TestDatabase.current.connection()
        try connection.transaction { connection in
            try connection.withCursor(for: "SELECT generate_series(1, \(5)::int)") { cursor in
                var blocks: [[Int32]] = []
                repeat {
                    blocks.append(try cursor.fetch(2).map { try $0.value(Int32.self, at: 0) })
                } while blocks.last?.isEmpty == false
                #expect(blocks == [[1, 2], [3, 4], [5], []])
            }
        }
    }

    @Test func `a cursor is closed behind its body, also when that throws`() throws {
        let connection = try TestDatabase.current.connection()
        try connection.transaction { connection in
            try connection.withCursor(for: "SELECT 1") { _ = try $0.fetch(1) }
            #expect(throws: Stop.self) { try connection.withCursor(for: "SELECT 1") { _ in throw Stop() } }
            #expect(
                try connection.queryOne(
                    "SELECT count(*) FROM pg_cursors WHERE name LIKE 'caisson%'",
                    as: Int.self
                ) == 0
            )
        }
    }

    @Test func `the server's error in a body is not hidden by the closing`() throws {
        let connection = try TestDatabase.current.connection()
        let error = #expect(throws: PostgresError.self) {
            try connection.transaction { connection in
                try connection.withCursor(for: "SELECT 1 / (3 - n) FROM generate_series(1, 5) n") {
                    _ = try $0.fetch(5)
                }
            }
        }
        #expect(error?.sqlState?.rawValue == "22012")
        #expect(try connection.queryOne("SELECT 1", as: Int.self) == 1)
    }

    @Test func `there is no cursor without a transaction`() throws {
        let connection = try TestDatabase.current.connection()
        let error = #expect(throws: PostgresError.self) {
            try connection.withCursor(for: "SELECT 1") { _ in }
        }
        #expect(error?.sqlState?.rawValue == "25P01")
    }
}
