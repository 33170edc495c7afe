import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase) struct CopyInTests {
    private struct Stop: Error {}

    @Test func `rows are stored and counted`() throws {
        let connection = try connectionWithTable()
        let stored = try connection.copyIn("COPY note FROM STDIN") { copy in
            try copy.write("1\tone\n".utf8)
            try copy.write("2\t\\N\n".utf8)
        }
        #expect(stored == 2)
        #expect(
            try connection.query("SELECT id, text FROM note ORDER BY id", as: Int.self, String?.self).map(\.1)
                == ["one", nil]
        )
    }

    @Test func `a throwing body stores nothing and keeps its error`() throws {
        let connection = try connectionWithTable()
        #expect(throws: Stop.self) {
            try connection.copyIn("COPY note FROM STDIN") { copy in
                for id in 0..<20_000 { try copy.write("\(id)\tsome text\n".utf8) }
                throw Stop()
            }
        }
        #expect(try count(connection) == 0)
        #expect(connection.transactionStatus == .idle)
    }

    @Test func `the server's refusal of a row names the line`() throws {
        let connection = try connectionWithTable()
        let error = #expect(throws: PostgresError.self) {
            try connection.copyIn("COPY note FROM STDIN") { copy in
                try copy.write("1\tone\nx\ttwo\n".utf8)
                for id in 0..<20_000 { try copy.write("\(id)\tsome text\n".utf8) }
            }
        }
        guard case .server(let refusal) = error else { throw try #require(error) }
        #expect(refusal.sqlState.rawValue == "22P02")
        #expect(refusal.context == "COPY note, line 2, column id: \"x\"")
        #expect(try count(connection) == 0)
    }

    @Test func `a body that fails after the server refused keeps both errors`() throws {
        let connection = try connectionWithTable()
        let error = #expect(throws: TransactionError.self) {
            try connection.copyIn("COPY note FROM STDIN") { copy in
                try copy.write("x\tone\n".utf8)
                try copy.flush()
                throw Stop()
            }
        }
        guard case .cleanupFailed(let cause, let cleanup) = error else { throw try #require(error) }
        #expect(cause is Stop && cleanup.sqlState?.rawValue == "22P02")
        #expect(try count(connection) == 0)
    }

    @Test(arguments: [
        ("SELECT 1", "not a COPY … FROM STDIN: SELECT 1"),
        ("COPY note TO STDOUT", "not a COPY … FROM STDIN: COPY note TO STDOUT"),
    ])
    func `another statement is refused`(_ statement: String, _ message: String) throws {
        let connection = try connectionWithTable()
        let error = #expect(throws: PostgresError.self) {
            try connection.copyIn(SQL(unsafe: statement)) { _ in Issue.record("nothing to write to") }
        }
        #expect(error?.description == message)
        #expect(try count(connection) == 0)
    }

    @Test(arguments: ["COPY note FROM STDIN", "COPY note TO STDOUT"], [true, false])
    func `a COPY run as a statement is refused and over`(_ statement: String, _ isScript: Bool) throws {
        let connection = try connectionWithTable()
        try connection.execute("INSERT INTO note SELECT generate_series(1, 1000)")
        let error = #expect(throws: PostgresError.self) {
            if isScript {
                try connection.runScript(statement)
            } else {
                try connection.execute(SQL(unsafe: statement))
            }
        }
        #expect(
            error?.description.contains(statement.hasSuffix("STDIN") ? "needs copyIn" : "needs copyOut")
                == true
        )
        #expect(connection.transactionStatus == .idle)
        #expect(try count(connection) == 1000)
    }

    private func connectionWithTable() throws -> Connection {
        let connection = try TestDatabase.current.connection()
        try connection.runScript("CREATE TABLE note (id int PRIMARY KEY, text text)")
        return connection
    }

    private func count(_ connection: Connection) throws -> Int {
        try connection.queryOne("SELECT count(*) FROM note", as: Int.self)
    }
}
