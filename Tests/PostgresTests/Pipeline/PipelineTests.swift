import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase) struct PipelineTests {
    @Test func `all statements run, in order, and are counted`() throws {
        let connection = try connectionWithTable()
        let inserted = try connection.executeMany(0..<5000) {
            "INSERT INTO note VALUES (\($0), \("text \($0)"))"
        }
        #expect(inserted == PipelineResult(statements: 5000, affectedRows: 5000))
        let updated = try connection.executeMany([10, 4999, 7000]) {
            "UPDATE note SET text = NULL WHERE id >= \($0)"
        }
        #expect(updated == PipelineResult(statements: 3, affectedRows: 4991))
        #expect(
            try connection.queryOne("SELECT count(*), count(text) FROM note", as: Int.self, Int.self) == (
                5000, 10
            )
        )
        #expect(connection.transactionStatus == .idle)
    }

    @Test func `nothing is no statement`() throws {
        let connection = try connectionWithTable()
        #expect(try connection.executeMany([Int]()) { "SELECT \($0)" } == PipelineResult())
        #expect(try count(connection) == 0)
    }

    @Test func `statements of different text may follow each other`() throws {
        let connection = try connectionWithTable()
        try connection.executeMany(0..<10) { number in
            number % 2 == 0
                ? "INSERT INTO note VALUES (\(number), \("even"))"
                : "INSERT INTO note (id) VALUES (\(number))"
        }
        #expect(
            try connection.queryOne("SELECT count(*), count(text) FROM note", as: Int.self, Int.self) == (
                10, 5
            )
        )
    }

    @Test(arguments: [0, 7, 4000])
    func `the first failure names its index, and nothing is stored`(_ bad: Int) throws {
        let connection = try connectionWithTable()
        let error = #expect(throws: PipelineError.self) {
            try connection.executeMany(0..<6000) {
                "INSERT INTO note VALUES (\($0 == bad || $0 == bad + 2 ? -1 : $0), NULL)"
            }
        }
        #expect(error?.index == bad && error?.cause.sqlState?.rawValue == "23514")
        #expect(error?.description.hasPrefix("Statement \(bad + 1) of the batch failed: ") == true)
        #expect(connection.transactionStatus == .idle)
        #expect(try count(connection) == 0)
    }

    @Test func `a text that cannot be parsed names its index too`() throws {
        let connection = try connectionWithTable()
        let error = #expect(throws: PipelineError.self) {
            try connection.executeMany(0..<3) {
                $0 == 2 ? "INSERT INTO nowhere VALUES (\($0))" : "INSERT INTO note VALUES (\($0))"
            }
        }
        #expect(error?.index == 2 && error?.cause.sqlState == .undefinedTable)
        #expect(try count(connection) == 0)
    }

    @Test func `a failure in an open transaction is left to it`() throws {
        let connection = try connectionWithTable()
        #expect(throws: PipelineError.self) {
            try connection.transaction { connection in
                try connection.executeMany(0..<3) { "INSERT INTO note VALUES (\($0))" }
                try connection.executeMany([-1]) { "INSERT INTO note VALUES (\($0))" }
            }
        }
        #expect(try count(connection) == 0)
        _ = try connection.transaction { try $0.executeMany(0..<3) { "INSERT INTO note VALUES (\($0))" } }
        #expect(try count(connection) == 3)
    }

    @Test func `elements that throw keep their error`() throws {
        struct Stop: Error {}
        let connection = try connectionWithTable()
        #expect(throws: Stop.self) {
            try connection.executeMany(0..<100) { number -> SQL in
                if number == 50 { throw Stop() }
                return "INSERT INTO note VALUES (\(number))"
            }
        }
        #expect(try count(connection) == 0)
    }

    /// More than all the buffers between the two hold, in both directions.
    @Test(.untilItHangs) func `large batches with large answers do not lock up`() throws {
        let connection = try connectionWithTable()
        let text = String(repeating: "x", count: 40_000)
        let result = try connection.executeMany(0..<200) {
            "INSERT INTO note VALUES (\($0), \(text)) RETURNING text || text"
        }
        #expect(result == PipelineResult(statements: 200, affectedRows: 200))
        #expect(try count(connection) == 200)
    }

    @Test func `a connection lost on the way is told as such`() async throws {
        _ = try connectionWithTable()
        try await withFaultProxy(for: TestDatabase.current) { proxy in
            let connection = try Connection(proxy.options)
            let struck = proxy.arm(.message("B", skipping: 3000), .loseRequest)
            let error = #expect(throws: PostgresError.self) {
                try connection.executeMany(0..<10_000) { "INSERT INTO note VALUES (\($0))" }
            }
            #expect(error?.isConnectionLost == true && !connection.isOpen)
            try await struck.wait()
        }
    }

    private func connectionWithTable() throws -> Connection {
        let connection = try TestDatabase.current.connection()
        try connection.runScript("CREATE TABLE note (id bigint CHECK (id >= 0), text text)")
        return connection
    }

    private func count(_ connection: Connection) throws -> Int {
        try connection.queryOne("SELECT count(*) FROM note", as: Int.self)
    }
}
