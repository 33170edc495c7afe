import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase) struct TransactionTests {
    private struct Stop: Error {}

    @Test func `what returns is committed, what throws is rolled back`() throws {
        let connection = try connectionWithTable()
        let value = try connection.transaction { connection in
            try connection.execute("INSERT INTO note VALUES (\("kept"))")
            return 7
        }
        #expect(throws: Stop.self) {
            try connection.transaction { connection in
                try connection.execute("INSERT INTO note VALUES (\("lost"))")
                throw Stop()
            }
        }
        #expect(value == 7)
        #expect(try notes(connection) == ["kept"])
        #expect(connection.transactionStatus == .idle)
    }

    @Test func `the options hold inside and are gone behind`() throws {
        let connection = try connectionWithTable()
        let options = TransactionOptions(
            isolation: .repeatableRead,
            access: .readOnly,
            settings: [.init("lock_timeout", "123ms")]
        )
        let inside = try connection.transaction(options) { connection in
            #expect(connection.transactionStatus == .inTransaction)
            return try connection.queryOne(
                "SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only'), current_setting('lock_timeout')",
                as: String.self,
                String.self,
                String.self
            )
        }
        #expect(inside == ("repeatable read", "on", "123ms"))
        #expect(try connection.queryOne("SHOW lock_timeout", as: String.self) == "0")
    }

    @Test func `a setting that does not exist leaves no transaction open`() throws {
        let connection = try connectionWithTable()
        #expect(throws: PostgresError.self) {
            try connection.transaction(TransactionOptions(settings: [.init("no_such", "1")])) { _ in }
        }
        #expect(connection.transactionStatus == .idle)
    }

    @Test func `a COMMIT answered by ROLLBACK is an error`() throws {
        let connection = try connectionWithTable()
        let error = #expect(throws: TransactionError.self) {
            try connection.transaction { connection in
                try connection.execute("INSERT INTO note VALUES (\("lost"))")
                _ = try? connection.execute("SELECT 1/0")
                #expect(connection.transactionStatus == .failed)
            }
        }
        guard case .rolledBackByServer = error else { throw try #require(error) }
        #expect(try notes(connection).isEmpty)
    }

    @Test(arguments: ["COMMIT", "ROLLBACK"], [true, false])
    func `a body that ends the transaction itself is found out`(_ end: String, _ keeps: Bool) throws {
        let connection = try connectionWithTable()
        let error = #expect(throws: TransactionError.self) {
            let body: (Connection) throws -> Void = { try $0.runScript(end) }
            if keeps {
                try connection.transaction(.init(), body)
            } else {
                try connection.rolledBackTransaction(.init(), body)
            }
        }
        guard case .endedInside = error else { throw try #require(error) }
        #expect(connection.transactionStatus == .idle)
    }

    @Test func `an error at COMMIT is the server's`() throws {
        let connection = try connectionWithTable()
        try connection.runScript(
            "CREATE TABLE late (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)"
        )
        let error = #expect(throws: PostgresError.self) {
            try connection.transaction { try $0.execute("INSERT INTO late VALUES (1), (1)") }
        }
        #expect(error?.sqlState == .uniqueViolation)
        #expect(connection.transactionStatus == .idle)
    }

    @Test func `a transaction for looking leaves nothing`() throws {
        let connection = try connectionWithTable()
        let seen = try connection.rolledBackTransaction { connection in
            try connection.execute("INSERT INTO note VALUES (\("seen"))")
            return try notes(connection)
        }
        #expect(seen == ["seen"])
        #expect(try notes(connection).isEmpty)
    }

    @Test func `a ROLLBACK that fails keeps both errors and closes the connection`() throws {
        let connection = try connectionWithTable()
        let error = #expect(throws: TransactionError.self) {
            try connection.transaction { connection in
                // In the middle of a COPY no statement can be sent, neither BEGIN nor the ROLLBACK after it.
                _ = try connection.copyIn("COPY note FROM STDIN") { _ in try connection.transaction { _ in } }
            }
        }
        guard case .cleanupFailed(let cause, let cleanup) = error else { throw try #require(error) }
        #expect("\(cause)".contains("another command is already in progress"))
        #expect("\(cleanup)".contains("another command is already in progress"))
        #expect(error?.description.contains("The ROLLBACK after it failed too") == true)
        #expect(!connection.isOpen)
    }

    @Test func `a connection that dies in the body gives the body's error`() throws {
        let connection = try connectionWithTable()
        #expect(throws: Stop.self) {
            try connection.transaction { connection in
                _ = try? connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
                throw Stop()
            }
        }
        #expect(!connection.isOpen)
    }

    @Test(arguments: [Fault.loseReply, .loseRequest])
    func `a connection lost in COMMIT leaves the outcome open`(_ fault: Fault) async throws {
        let database = try TestDatabase.current
        let direct = try connectionWithTable()
        try await withFaultProxy(for: database) { proxy in
            let connection = try Connection(proxy.options)
            let struck = proxy.arm(.statement(containing: "COMMIT"), fault)
            let error = #expect(throws: TransactionError.self) {
                try connection.transaction { try $0.execute("INSERT INTO note VALUES (\("perhaps"))") }
            }
            guard case .outcomeUnknown(let cause) = error else { throw try #require(error) }
            #expect(cause.isConnectionLost)
            #expect(!connection.isOpen)
            try await struck.wait()
            if case .loseReply = fault {
                #expect(try notes(direct) == ["perhaps"])
            } else {
                try await eventually {
                    try direct.queryOne(
                        "SELECT count(*) FROM pg_locks WHERE relation = 'note'::regclass AND pid <> pg_backend_pid()",
                        as: Int.self
                    ) == 0
                }
                #expect(try notes(direct).isEmpty)
            }
        }
    }

    private func connectionWithTable() throws -> Connection {
        let connection = try TestDatabase.current.connection()
        try connection.runScript("CREATE TABLE note (text text)")
        return connection
    }

    private func notes(_ connection: Connection) throws -> [String] {
        try connection.query("SELECT text FROM note", as: String.self)
    }
}
