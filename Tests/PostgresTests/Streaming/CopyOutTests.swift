import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase, .untilItHangs) struct CopyOutTests {
    private struct Stop: Error {}
    private static let million: SQL =
        "COPY (SELECT n, repeat('x', 50) FROM generate_series(1, 1000000) n) TO STDOUT"

    @Test func `rows come out and are counted`() throws {
        let connection = try TestDatabase.current.connection()
        var lines: [String] = []
        let count = try connection.copyOut("COPY (VALUES (1, 'a'), (2, NULL)) TO STDOUT (FORMAT csv)") {
            data in
            lines.append(String(decoding: data, as: UTF8.self))
        }
        #expect(count == 2 && lines == ["1,a\n", "2,\n"])
    }

    @Test func `a throwing body stops the server and keeps its error and the connection`() throws {
        let connection = try TestDatabase.current.connection()
        let backend = connection.backendID
        #expect(throws: Stop.self) { try connection.copyOut(Self.million) { _ in throw Stop() } }
        #expect(try connection.queryOne("SELECT pg_backend_pid()", as: Int32.self) == backend)
    }

    @Test(arguments: [
        ("SELECT 1", "not a COPY … TO STDOUT: SELECT 1"),
        ("COPY t FROM STDIN", "not a COPY … TO STDOUT: COPY t FROM STDIN"),
    ])
    func `another statement is refused`(_ statement: String, _ message: String) throws {
        let connection = try TestDatabase.current.connection()
        try connection.runScript("CREATE TABLE t (a int)")
        let error = #expect(throws: PostgresError.self) {
            try connection.copyOut(SQL(unsafe: statement)) { _ in }
        }
        #expect(error?.description == message)
        #expect(connection.transactionStatus == .idle)
    }

    @Test func `an error in the middle comes out`() throws {
        let connection = try TestDatabase.current.connection()
        let error = #expect(throws: PostgresError.self) {
            try connection.copyOut("COPY (SELECT 1 / (5000 - n) FROM generate_series(1, 9999) n) TO STDOUT") {
                _ in
            }
        }
        #expect(error?.sqlState?.rawValue == "22012")
        #expect(try connection.queryOne("SELECT 1", as: Int.self) == 1)
    }

    @Test func `the rows are an asynchronous sequence, and leaving it early is fine`() async throws {
        let session = try TestDatabase.current.session()
        var bytes = 0
        for try await row in session.copyOut("COPY (SELECT generate_series(1, 50000)) TO STDOUT") {
            bytes += row.count
        }
        #expect(bytes == 288_894)
        for try await row in session.copyOut(Self.million) {
            #expect(row.starts(with: "1\txxx".utf8))
            break
        }
        #expect(try await session.withConnection { try $0.queryOne("SELECT 1", as: Int.self) } == 1)
    }
}
