import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase) struct BatchTests {
    @Test func `statements go out together, and each has its result`() throws {
        let connection = try connectionWithTable()
        let results = try connection.batch([
            "INSERT INTO note VALUES (\(1), \("one")), (\(2), NULL)",
            "SELECT id, text FROM note ORDER BY id",
            "SELECT \("€")",
        ])
        #expect(results.map(\.count) == [0, 2, 1])
        #expect(try results[1][1].decode(Int.self, String?.self) == (2, nil))
        #expect(try results[2][0].decode(String.self) == "€")
        #expect(connection.transactionStatus == .idle)
    }

    @Test(arguments: 0..<3) func `the first failure is told, and nothing behind it runs`(_ bad: Int) throws {
        let connection = try connectionWithTable()
        let error = #expect(throws: PipelineError.self) {
            try connection.batch((0..<3).map { "INSERT INTO note VALUES (\($0 == bad ? -1 : $0), NULL)" })
        }
        #expect(error?.index == bad && error?.cause.sqlState?.rawValue == "23514")
        #expect(try connection.queryOne("SELECT count(*) FROM note", as: Int.self) == 0)
    }

    @Test func `a lost connection is told with the statement whose answer is missing`() throws {
        let connection = try connectionWithTable()
        let error = #expect(throws: PipelineError.self) {
            try connection.batch(["SELECT 1", "SELECT pg_terminate_backend(pg_backend_pid())", "SELECT 2"])
        }
        #expect(error?.index == 1 && error?.cause.isConnectionLost == true)
        #expect(!connection.isOpen)
    }

    @Test func `a NUL is refused before anything is sent`() throws {
        let connection = try connectionWithTable()
        #expect(throws: PostgresError.self) {
            try connection.batch(["INSERT INTO note VALUES (1, 'x')", "SELECT \("a\0b")"])
        }
        #expect(try connection.queryOne("SELECT count(*) FROM note", as: Int.self) == 0)
    }

    // MARK: the end of a transaction

    private struct Stop: Error {}

    @Test func `a COMMIT that is refused leaves no transaction open`() throws {
        let connection = try connectionWithTable()
        try connection.execute("ALTER TABLE note ADD UNIQUE (id) DEFERRABLE INITIALLY DEFERRED")
        let error = #expect(throws: PostgresError.self) {
            try connection.transaction(opening: ["INSERT INTO note VALUES (1, 'once')"]) { _, _ in
                TransactionEnd<Void>(["INSERT INTO note VALUES (1, 'again')"]) { _ in }
            }
        }
        #expect(error?.sqlState == .uniqueViolation)
        #expect(connection.transactionStatus == .idle)
        #expect(try ids(connection) == [])
    }

    @Test func `a COMMIT answered by ROLLBACK, or by nobody, is an error`() throws {
        let connection = try connectionWithTable()
        let swallowed = #expect(throws: TransactionError.self) {
            try connection.transaction(opening: []) { connection, _ in
                _ = try? connection.execute("SELECT 1/0")
                return TransactionEnd(())
            }
        }
        guard case .rolledBackByServer = swallowed else { throw Stop() }
        let unknown = #expect(throws: TransactionError.self) {
            try connection.transaction(opening: []) { _, _ in
                TransactionEnd<Void>(["SELECT pg_terminate_backend(pg_backend_pid())"]) { _ in }
            }
        }
        guard case .outcomeUnknown = unknown else { throw Stop() }
    }

    private func ids(_ connection: Connection) throws -> [Int] {
        try connection.query("SELECT id FROM note ORDER BY id", as: Int.self)
    }

    private func connectionWithTable() throws -> Connection {
        let connection = try TestDatabase.current.connection()
        try connection.execute("CREATE TABLE note (id bigint CHECK (id >= 0), text text)")
        return connection
    }
}
