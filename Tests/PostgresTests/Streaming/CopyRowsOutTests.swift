import Foundation
import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase, .untilItHangs) struct CopyRowsOutTests {
    private struct Stop: Error {}
    private static let mixed: SQL = """
        SELECT n, CASE WHEN n % 2 = 0 THEN 'ä ' || n END AS t, ARRAY[n, NULL] AS a, n::numeric / 8 AS x
        FROM generate_series(1, 2500) AS n ORDER BY n
        """

    @Test func `rows come out typed, in order and counted`() throws {
        let connection = try TestDatabase.current.connection()
        var seen: Int32 = 0
        let count = try connection.copyOut(
            rowsOf: Self.mixed,
            as: Int32.self,
            String?.self,
            [Int32?].self,
            PostgresNumeric.self
        ) { number, text, array, numeric in
            seen += 1
            #expect(number == seen && text == (seen % 2 == 0 ? "ä \(seen)" : nil) && array == [seen, nil])
            #expect(numeric.decimal == Decimal(seen) / 8)
        }
        #expect(count == 2500 && seen == 2500 && connection.transactionStatus == .idle)
    }

    @Test(arguments: [0, 1, 99, 100, 101])
    func `every number of rows is a sequence that ends well`(_ count: Int) async throws {
        let session = try TestDatabase.current.session()
        let rows = session.copyOut(
            rowsOf: "SELECT generate_series(1, \(unsafe: "\(count)")), true",
            as: Int32.self,
            blockSize: 100
        )
        for _ in 0..<2 {
            var seen: Int32 = 0
            for try await number in rows {
                seen += 1
                #expect(number == seen)
            }
            #expect(seen == Int32(count))
        }
    }

    @Test func `NULL, other types and missing columns are named`() throws {
        func failure(_ query: SQL) throws -> DecodingFailure {
            let connection = try TestDatabase.current.connection()
            return try #require(throws: DecodingFailure.self) {
                try connection.copyOut(rowsOf: query, as: Int32.self, Int32.self) { _, _ in }
            }
        }
        #expect(
            try failure("SELECT n, CASE WHEN n < 5 THEN n END AS gap FROM generate_series(1, 9) n")
                .description
                == "column gap of row 5 cannot be read as Int32: found NULL"
        )
        #expect(try failure("SELECT 1, 2::int8 AS wide").place.column == "wide")
        #expect(try failure("SELECT 1").found == "only 1 columns")
    }

    @Test func `parameters are refused with what to do`() throws {
        let connection = try TestDatabase.current.connection()
        let error = #expect(throws: PostgresError.self) {
            try connection.copyOut(rowsOf: "SELECT \(1)", as: Int.self) { _ in }
        }
        #expect(error?.description.contains("write constants with \\(literal: …)") == true)
    }

    @Test func `nothing may be written unless said otherwise, and RETURNING works inside a transaction`()
        throws
    {
        let connection = try TestDatabase.current.connection()
        try connection.runScript("CREATE TABLE t (n int)")
        let insert: SQL = "INSERT INTO t VALUES (1), (2) RETURNING n"
        let error = #expect(throws: PostgresError.self) {
            try connection.copyOut(rowsOf: insert, as: Int32.self) { _ in }
        }
        #expect(error?.sqlState?.rawValue == "25006")
        let written = try connection.transaction { connection in
            try connection.copyOut(rowsOf: insert, as: Int32.self) { _ in }
        }
        #expect(written == 2)
        #expect(try connection.queryOne("SELECT count(*) FROM t", as: Int.self) == 2)
    }

    @Test func `a throwing body keeps its error and the connection`() throws {
        let connection = try TestDatabase.current.connection()
        let million: SQL = "SELECT generate_series(1, 1000000)"
        #expect(throws: Stop.self) {
            try connection.copyOut(rowsOf: million, as: Int32.self) { if $0 == 500 { throw Stop() } }
        }
        #expect(try connection.queryOne("SELECT 1", as: Int.self) == 1)
    }

    @Test func `an error in the middle comes out of the loop`() async throws {
        let session = try TestDatabase.current.session()
        var seen = 0
        let error = await #expect(throws: PostgresError.self) {
            let query: SQL = "SELECT 1 / (5000 - n) FROM generate_series(1, 9999) n"
            for try await _ in session.copyOut(rowsOf: query, as: Int32.self) { seen += 1 }
        }
        #expect(error?.sqlState?.rawValue == "22012" && seen < 5000)
    }

    @Test func `the server waits for a slow reader, and leaving early stops it`() async throws {
        let session = try TestDatabase.current.session()
        let endless: SQL = "SELECT generate_series(1, 1000000000), repeat('x', 1000)"
        let observer = try TestDatabase.current.connection()
        for try await (number, _) in session.copyOut(
            rowsOf: endless,
            as: Int32.self,
            String.self,
            blockSize: 10
        ) {
            guard number == 25 else { continue }
            try await eventually("the server to wait for the client") {
                try observer.queryOne(
                    """
                    SELECT count(*) FROM pg_stat_activity
                    WHERE wait_event = 'ClientWrite' AND datname = current_database()
                    """,
                    as: Int.self
                ) >= 1
            }
            break
        }
        #expect(try await session.withConnection { try $0.queryOne("SELECT 1", as: Int.self) } == 1)
    }

    @Test func `a cancelled task ends with a cancellation`() async throws {
        let session = try TestDatabase.current.session()
        let begun = Gate("the first row")
        // The server keeps rows to itself until its own buffer is full.
        let query: SQL = "SELECT generate_series(1, 20000) UNION ALL SELECT 0 FROM pg_sleep(600)"
        let task = Task {
            for try await _ in session.copyOut(rowsOf: query, as: Int32.self) { begun.open() }
        }
        try await begun.wait()
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await session.withConnection { try $0.queryOne("SELECT 1", as: Int.self) } == 1)
    }
}
