import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase) struct ExchangeTests {
    @Test func `answers come while statements are still to be sent`() throws {
        let connection = try TestDatabase.current.connection()
        let exchange = try Exchange(connection)
        try exchange.send("BEGIN")
        try exchange.send("SELECT 1")
        try exchange.askForAnswers()
        #expect(try exchange.take()?.commandTag == "BEGIN")
        #expect(try exchange.take()?.first?.value(Int.self, at: 0) == 1)
        try exchange.send("SELECT \(2)")
        try exchange.send("COMMIT")
        try exchange.sync()
        #expect(try exchange.take()?.first?.value(Int.self, at: 0) == 2)
        #expect(try exchange.take()?.commandTag == "COMMIT")
        exchange.finish()
        #expect(try connection.queryOne("SELECT 3", as: Int.self) == 3)
    }

    @Test func `an error passes over what stands behind it, up to the sync`() throws {
        let connection = try TestDatabase.current.connection()
        let exchange = try Exchange(connection)
        for statement in ["SELECT 1", "SELECT 1/0", "SELECT 2"] as [SQL] { try exchange.send(statement) }
        try exchange.sync()
        try exchange.send("SELECT 3")
        #expect(try exchange.take()?.count == 1)
        #expect(throws: PostgresError.self) { try exchange.take() }
        #expect(try exchange.take() == nil)
        try exchange.sync()
        #expect(try exchange.take()?.first?.value(Int.self, at: 0) == 3)
        exchange.finish()
        #expect(connection.transactionStatus == .idle)
    }

    @Test func `an exchange that is given up leaves the connection usable`() throws {
        let connection = try TestDatabase.current.connection()
        let exchange = try Exchange(connection)
        try exchange.send("SELECT repeat('x', 100000) FROM generate_series(1, 100)")
        try exchange.send("SELECT 1")
        exchange.finish()
        #expect(try connection.queryOne("SELECT 3", as: Int.self) == 3)
    }

    @Test func `more than both sides can hold goes through`() throws {
        let connection = try TestDatabase.current.connection()
        let exchange = try Exchange(connection)
        let text = String(repeating: "x", count: 200_000)
        for _ in 0..<100 { try exchange.send("SELECT \(text)::text") }
        try exchange.sync()
        for _ in 0..<100 {
            #expect(try exchange.take()?.first?.value(String.self, at: 0).utf8.count == 200_000)
        }
        exchange.finish()
        #expect(connection.isOpen)
    }

    @Test func `a lost connection is told by the answer that does not come`() throws {
        let connection = try TestDatabase.current.connection()
        let exchange = try Exchange(connection)
        try exchange.send("SELECT 1")
        try exchange.send("SELECT pg_terminate_backend(pg_backend_pid())")
        try exchange.send("SELECT 2")
        try exchange.sync()
        #expect(try exchange.take()?.count == 1)
        let error = #expect(throws: PostgresError.self) { try exchange.take() }
        #expect(error?.isConnectionLost == true)
        exchange.finish()
        #expect(!connection.isOpen)
    }

    @Test func `what differs in its values alone is prepared once`() throws {
        let connection = try TestDatabase.current.connection()
        let exchange = try Exchange(connection)
        for number in 1...3 {
            try exchange.sendPrepared("SELECT \(number)")
            try exchange.sync()
            #expect(try exchange.take()?.first?.value(Int.self, at: 0) == number)
        }
        try exchange.sendPrepared("SELECT \("text")")
        try exchange.sync()
        #expect(try exchange.take()?.first?.value(String.self, at: 0) == "text")
        exchange.finish()
        let prepared: SQL = "SELECT count(*) FROM pg_prepared_statements WHERE NOT from_sql"
        // The two differ in the type of the value.
        #expect(try connection.queryOne(prepared, as: Int.self) == 2)
    }

    @Test func `what stood behind an error is not taken for prepared`() throws {
        let connection = try TestDatabase.current.connection()
        var exchange = try Exchange(connection)
        try exchange.send("SELECT 1/0")
        try exchange.sendPrepared("SELECT \(1)")
        try exchange.sync()
        #expect(throws: PostgresError.self) { try exchange.take() }
        #expect(try exchange.take() == nil)
        exchange.finish()
        exchange = try Exchange(connection)
        try exchange.sendPrepared("SELECT \(2)")
        try exchange.sync()
        #expect(try exchange.take()?.first?.value(Int.self, at: 0) == 2)
        exchange.finish()
    }

    @Test func `a statement that was taken away is told by its state`() throws {
        let connection = try TestDatabase.current.connection()
        var exchange = try Exchange(connection)
        try exchange.sendPrepared("SELECT \(1)")
        try exchange.sync()
        _ = try exchange.take()
        exchange.finish()
        try connection.execute("DEALLOCATE ALL")
        exchange = try Exchange(connection)
        try exchange.sendPrepared("SELECT \(2)")
        try exchange.sync()
        let error = #expect(throws: PostgresError.self) { try exchange.take() }
        #expect(error?.sqlState == .unknownPreparedStatement)
        exchange.finish()
        connection.forgetPreparedStatements()
        exchange = try Exchange(connection)
        try exchange.sendPrepared("SELECT \(3)")
        try exchange.sync()
        #expect(try exchange.take()?.first?.value(Int.self, at: 0) == 3)
        exchange.finish()
    }
}
