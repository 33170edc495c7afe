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

    // MARK: blocks ahead

    @Test(arguments: [0, 1, 3, 4, 9, 10, 11, 1000])
    func `all rows come in order, in blocks of which the last is short`(_ rows: Int) throws {
        try inCursor(over: "SELECT generate_series(1, \(rows)::bigint)") { connection, cursor in
            var blocks: [[Int]] = []
            try cursor.forEachBlock(of: 3) { block in
                blocks.append(try block.map { try $0.value(Int.self, at: 0) })
                return .more
            }
            #expect(blocks.flatMap(\.self) == Array(1...max(1, rows)).prefix(rows).map(\.self))
            #expect(blocks.dropLast().allSatisfy { $0.count == 3 })
            // The connection is its owner's again.
            let one = try connection.queryOne("SELECT 1", as: Int.self)
            #expect(one == 1)
        }
    }

    @Test(arguments: [1, 2, 5])
    func `who has enough, or throws, gets the connection back`(after wanted: Int) throws {
        let query: SQL = "SELECT generate_series(1, 100::bigint)"
        try inCursor(over: query) { connection, cursor in
            var count = 0
            try cursor.forEachBlock(of: 4) { _ in
                count += 1
                return count == wanted ? .enough : .more
            }
            #expect(count == wanted)
            let one = try connection.queryOne("SELECT 1", as: Int.self)
            #expect(one == 1)
        }
        try inCursor(over: query) { connection, cursor in
            var count = 0
            let failing: (ResultSet) throws -> Cursor.Demand = { _ in
                count += 1
                if count == wanted { throw Stop() }
                return .more
            }
            #expect(throws: Stop.self) { try cursor.forEachBlock(of: 4, failing) }
            let one = try connection.queryOne("SELECT 1", as: Int.self)
            #expect(one == 1)
        }
    }

    @Test(arguments: [2, 5, 9, 14])
    func `a row that fails ends the blocks with the server's error`(_ bad: Int) throws {
        let connection = try TestDatabase.current.connection()
        var seen = 0
        let error = #expect(throws: PostgresError.self) {
            try connection.transaction { connection in
                try connection.withCursor(for: "SELECT 1 / (\(bad) - n) FROM generate_series(1, 20) n") {
                    cursor in
                    try cursor.forEachBlock(of: 3) { block in
                        seen += block.count
                        return .more
                    }
                }
            }
        }
        #expect(error?.sqlState?.rawValue == "22012")
        #expect(seen == (bad - 1) / 3 * 3)
        #expect(try connection.queryOne("SELECT 1", as: Int.self) == 1)
    }

    @Test func `types made in the database are decoded in later blocks too`() throws {
        let connection = try TestDatabase.current.connection()
        try connection.execute("CREATE TYPE mood AS ENUM ('calm', 'wild')")
        try connection.transaction { connection in
            let query: SQL =
                "SELECT CASE WHEN n % 2 = 0 THEN 'calm'::mood ELSE 'wild' END FROM generate_series(1, 9) n"
            try connection.withCursor(for: query) { cursor in
                var moods: [String] = []
                try cursor.forEachBlock(of: 2) { block in
                    moods += try block.map { try $0.value(String.self, at: 0) }
                    return .more
                }
                #expect(moods.count == 9 && Set(moods) == ["calm", "wild"])
            }
        }
    }

    @Test func `a lost connection ends the blocks`() throws {
        let connection = try TestDatabase.current.connection()
        let killer = try TestDatabase.current.connection()
        let victim = connection.backendID
        let error = #expect(throws: PostgresError.self) {
            try connection.transaction { connection in
                try connection.withCursor(for: "SELECT repeat('x', 100000) FROM generate_series(1, 1000)") {
                    cursor in
                    try cursor.forEachBlock(of: 10) { _ in
                        _ = try killer.execute("SELECT pg_terminate_backend(\(victim), 5000)")
                        return .more
                    }
                }
            }
        }
        #expect(error?.isConnectionLost == true)
        #expect(!connection.isOpen)
    }

    private func inCursor(over query: SQL, _ body: (Connection, Cursor) throws -> Void) throws {
        let connection = try TestDatabase.current.connection()
        try connection.transaction { connection in
            try connection.withCursor(for: query) { try body(connection, $0) }
        }
    }
}
