import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase) struct JoinedTransactionTests {
    @Test func `statements that are known beforehand are one transaction with its settings`() throws {
        let connection = try connectionWithTable()
        let options = TransactionOptions(settings: [.init("application_name", "joined")])
        let results = try connection.transaction(
            options,
            of: [
                "INSERT INTO note VALUES (\(1))",
                "SELECT current_setting('application_name'), count(*) FROM note",
            ]
        )
        #expect(try results[1][0].decode(String.self, Int.self) == ("joined", 1))
        #expect(try connection.queryOne("SHOW application_name", as: String.self) != "joined")

        let error = #expect(throws: PostgresError.self) {
            try connection.transaction(of: ["INSERT INTO note VALUES (2)", "INSERT INTO note VALUES (-1)"])
        }
        #expect(error?.sqlState?.rawValue == "23514")
        #expect(connection.transactionStatus == .idle)
        #expect(try ids(connection) == [1])
    }

    @Test func `both ends belong to the transaction of the body`() throws {
        let connection = try connectionWithTable()
        let sum = try connection.transaction(opening: ["INSERT INTO note VALUES (1) RETURNING id"]) {
            connection,
            answers in
            let first = try answers[0][0].value(Int.self, at: 0)
            try connection.execute("INSERT INTO note VALUES (\(first + 1))")
            return TransactionEnd(["INSERT INTO note VALUES (3)", "SELECT sum(id)::bigint FROM note"]) {
                try $0[1][0].value(Int.self, at: 0)
            }
        }
        #expect(sum == 6)
        #expect(try ids(connection) == [1, 2, 3])
    }

    @Test(arguments: ["opening", "body", "closing"]) func `what fails anywhere leaves nothing behind`(
        _ place: String
    ) throws {
        let connection = try connectionWithTable()
        let refused: SQL = "INSERT INTO note VALUES (-1)"
        let error = #expect(throws: PostgresError.self) {
            try connection.transaction(
                opening: ["INSERT INTO note VALUES (1)"] + (place == "opening" ? [refused] : [])
            ) { connection, _ in
                if place == "body" { try connection.execute(refused) }
                return TransactionEnd(place == "closing" ? [refused] : []) { _ in }
            }
        }
        #expect(error?.sqlState?.rawValue == "23514")
        #expect(connection.transactionStatus == .idle)
        #expect(try ids(connection) == [])
    }

    @Test func `a connection that is lost on the way leaves the outcome unknown`() throws {
        let connection = try connectionWithTable()
        let error = #expect(throws: TransactionError.self) {
            try connection.transaction(of: ["SELECT pg_terminate_backend(pg_backend_pid())"])
        }
        guard case .outcomeUnknown = error else {
            Issue.record("not told as unknown")
            return
        }
        #expect(!connection.isOpen)
    }

    private func ids(_ connection: Connection) throws -> [Int] {
        try connection.query("SELECT id FROM note ORDER BY id", as: Int.self)
    }

    private func connectionWithTable() throws -> Connection {
        let connection = try TestDatabase.current.connection()
        try connection.execute("CREATE TABLE note (id bigint CHECK (id >= 0))")
        return connection
    }
}
