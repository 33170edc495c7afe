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

    // MARK: frames

    private struct Stop: Error {}

    @Test func `a frame's statements belong to the transaction, save those before it`() throws {
        let connection = try connectionWithTable()
        let frame = TransactionFrame(
            before: ["INSERT INTO note VALUES (1, 'before')"],
            first: "INSERT INTO note VALUES (2, 'first') RETURNING text"
        ) { ["INSERT INTO note VALUES (\(4), \("last"))"] }
        let first = try connection.transaction(in: frame) { connection, first in
            try connection.execute("INSERT INTO note VALUES (3, 'body')")
            return try first[0].decode(String.self)
        }
        #expect(first == "first")
        #expect(try ids(connection) == [1, 2, 3, 4])

        #expect(throws: Stop.self) {
            try connection.transaction(in: shifted(by: 10)) { _, _ in throw Stop() }
        }
        #expect(try ids(connection) == [1, 2, 3, 4, 11])
        #expect(connection.transactionStatus == .idle)
    }

    @Test func `what fails at the ends leaves no transaction open`() throws {
        let connection = try connectionWithTable()
        let failing = TransactionFrame(first: "SELECT 1") {
            ["SELECT 1", "INSERT INTO note VALUES (-1, 'refused')"]
        }
        let error = #expect(throws: PipelineError.self) {
            try connection.transaction(in: failing) { connection, _ in
                try connection.execute("INSERT INTO note VALUES (1, 'lost')")
            }
        }
        #expect(error?.index == 1)
        let noFirst = TransactionFrame(first: "SELECT 1/0") { [] }
        #expect(throws: PostgresError.self) { try connection.transaction(in: noFirst) { _, _ in } }
        let noLast = TransactionFrame(first: "SELECT 1") { throw Stop() }
        #expect(throws: Stop.self) { try connection.transaction(in: noLast) { _, _ in } }
        #expect(connection.transactionStatus == .idle)
        #expect(try ids(connection) == [])
    }

    @Test func `a COMMIT that is refused is told apart from the statements before it`() throws {
        let connection = try connectionWithTable()
        try connection.execute("ALTER TABLE note ADD UNIQUE (id) DEFERRABLE INITIALLY DEFERRED")
        let frame = TransactionFrame(first: "SELECT 1") { ["INSERT INTO note VALUES (1, 'again')"] }
        let error = #expect(throws: PostgresError.self) {
            try connection.transaction(in: frame) { connection, _ in
                try connection.execute("INSERT INTO note VALUES (1, 'once')")
            }
        }
        #expect(error?.sqlState == .uniqueViolation)
        #expect(connection.transactionStatus == .idle)
    }

    @Test func `a COMMIT answered by ROLLBACK, or by nobody, is an error`() throws {
        let connection = try connectionWithTable()
        let quiet = TransactionFrame(first: "SELECT 1") { [] }
        let swallowed = #expect(throws: TransactionError.self) {
            try connection.transaction(in: quiet) { connection, _ in _ = try? connection.execute("SELECT 1/0")
            }
        }
        guard case .rolledBackByServer = swallowed else { throw Stop() }
        let dying = TransactionFrame(first: "SELECT 1") { ["SELECT pg_terminate_backend(pg_backend_pid())"] }
        let unknown = #expect(throws: TransactionError.self) {
            try connection.transaction(in: dying) { _, _ in }
        }
        guard case .outcomeUnknown = unknown else { throw Stop() }
    }

    private func shifted(by offset: Int) -> TransactionFrame {
        TransactionFrame(
            before: ["INSERT INTO note VALUES (\(unsafe: String(offset + 1)), 'before')"],
            first: "INSERT INTO note VALUES (\(unsafe: String(offset + 2)), 'first')"
        ) { [] }
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
