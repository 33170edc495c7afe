import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase) struct `The fault proxy` {
    private let database: TestDatabase

    init() throws {
        database = try TestDatabase.current
        try database.connection().execute("CREATE TABLE note (text text)")
    }

    private func notes() throws -> [String] {
        try database.connection().query("SELECT text FROM note ORDER BY text", as: String.self)
    }

    private func insert(_ text: String, over connection: Connection) throws {
        _ = try connection.transaction { try $0.execute("INSERT INTO note VALUES (\(text))") }
    }

    @Test func `without a fault it is as good as the server`() async throws {
        try await withFaultProxy(for: database) { proxy in
            let connection = try Connection(proxy.options)
            try insert("one", over: connection)
            let long = try connection.queryOne("SELECT repeat('x', 1000000)", as: String.self)
            #expect(long.utf8.count == 1_000_000)
        }
        #expect(try notes() == ["one"])
    }

    @Test func `a lost request never reaches the server`() async throws {
        try await withFaultProxy(for: database) { proxy in
            let connection = try Connection(proxy.options)
            let lost = proxy.arm(.statement(containing: "commit"), .loseRequest)
            #expect(throws: (any Error).self) { try insert("one", over: connection) }
            try await lost.wait()
            #expect(try notes() == [])
            try insert("two", over: Connection(proxy.options))
        }
        #expect(try notes() == ["two"])
    }

    @Test func `a lost reply is the reply to something done`() async throws {
        try await withFaultProxy(for: database) { proxy in
            let connection = try Connection(proxy.options)
            let lost = proxy.arm(.statement(containing: "commit"), .loseReply)
            #expect(throws: (any Error).self) { try insert("one", over: connection) }
            #expect(lost.isOpen)
            #expect(try notes() == ["one"])
        }
    }

    @Test func `the reply to a statement with parameters can be lost as well`() async throws {
        try await withFaultProxy(for: database) { proxy in
            let connection = try Connection(proxy.options)
            let lost = proxy.arm(.statement(containing: "insert into note", skipping: 1), .loseReply)
            try connection.execute("INSERT INTO note VALUES (\("one"))")
            #expect(!lost.isOpen)
            #expect(throws: PostgresError.self) {
                try connection.execute("INSERT INTO note VALUES (\("two"))")
            }
            #expect(lost.isOpen)
        }
        #expect(try notes() == ["one", "two"])
    }

    @Test func `a server that went away with the connection can come back`() async throws {
        try await withFaultProxy(for: database) { proxy in
            let connection = try Connection(proxy.options)
            let lost = proxy.arm(.statement(containing: "commit"), .loseRequest, then: .refuse)
            #expect(throws: (any Error).self) { try insert("one", over: connection) }
            try await lost.wait()
            #expect(throws: PostgresError.self) { try Connection(proxy.options) }
            try proxy.comeBack()
            try insert("two", over: Connection(proxy.options))
            #expect(proxy.connectionsAccepted == 2)
        }
        #expect(try notes() == ["two"])
    }

    @Test(arguments: [1, 5, 20, 100]) func `a message can be torn`(bytes: Int) async throws {
        try await withFaultProxy(for: database) { proxy in
            let connection = try Connection(proxy.options)
            let torn = proxy.arm(.clientBytes(bytes), .loseRequest)
            let text = String(repeating: "x", count: 200)
            #expect(throws: PostgresError.self) {
                try connection.execute("INSERT INTO note VALUES (\(text))")
            }
            #expect(torn.isOpen)
        }
        #expect(try notes() == [])
    }

    @Test func `a stalled statement goes on where it was`() async throws {
        try await withFaultProxy(for: database) { proxy in
            let stalled = proxy.arm(.statement(containing: "commit"), .stall)
            let session = Session(try proxy.options)
            async let inserted: Void = session.withConnection { try insert("one", over: $0) }
            try await stalled.wait()
            #expect(try notes() == [])
            proxy.pass()
            try await inserted
            #expect(try notes() == ["one"])
            await session.close()
        }
    }

    @Test func `a statement whose answer is held back is carried out, and goes on where it was`() async throws
    {
        try await withFaultProxy(for: database) { proxy in
            let stalled = proxy.arm(.statement(containing: "commit"), .stallReply)
            let session = Session(try proxy.options)
            let insertion = Task { try await session.withConnection { try insert("one", over: $0) } }
            try await stalled.wait()
            #expect(try notes() == ["one"])
            proxy.pass()
            try await insertion.value
            await session.close()
        }
    }

    @Test func `what is executed is counted, however it is sent`() async throws {
        for (number, expected) in [(0, []), (1, ["one"]), (2, ["one", "two"])] {
            try database.connection().runScript("TRUNCATE note")
            try await withFaultProxy(for: database) { proxy in
                let connection = try Connection(proxy.options)
                let lost = proxy.arm(.execution(skipping: number), .loseRequest)
                #expect(throws: (any Error).self) {
                    try connection.runScript("INSERT INTO note VALUES ('one')")
                    try connection.execute("INSERT INTO note VALUES (\("two"))")
                    try connection.runScript("INSERT INTO note VALUES ('three')")
                }
                try await lost.wait()
            }
            #expect(try notes() == expected)
        }
    }

    @Test func `a cut ends a stalled connection`() async throws {
        try await withFaultProxy(for: database) { proxy in
            let stalled = proxy.arm(.statement(containing: "commit"), .stall)
            let session = Session(try proxy.options)
            let insertion = Task { try await session.withConnection { try insert("one", over: $0) } }
            try await stalled.wait()
            proxy.cut()
            await #expect(throws: (any Error).self) { try await insertion.value }
        }
        #expect(try notes() == [])
    }

    @Test func `a copy can be cut in the middle and lose its end`() async throws {
        try await withFaultProxy(for: database) { proxy in
            let connection = try Connection(proxy.options)
            let lost = proxy.arm(.message("c"), .loseReply)
            #expect(throws: (any Error).self) {
                _ = try connection.copyIn("COPY note FROM STDIN") { try $0.write("copied\n".utf8) }
            }
            try await lost.wait()
        }
        #expect(try notes() == ["copied"])
    }

    @Test func `cancelling works through it`() async throws {
        try await withFaultProxy(for: database) { proxy in
            let session = Session(try proxy.options)
            let sleep = Task { try await session.withConnection { try $0.execute("SELECT pg_sleep(60)") } }
            _ = try await eventually(value: "the sleeping statement") {
                try database.connection().queryOptional(
                    "SELECT pid FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'",
                    as: Int32.self
                )
            }
            sleep.cancel()
            await #expect(throws: CancellationError.self) { try await sleep.value }
        }
    }
}
