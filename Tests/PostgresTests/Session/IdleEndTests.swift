import Postgres
import TestSupport
import Testing

/// Sessions that the server ends while nobody uses them.
@Suite(.freshDatabase) struct IdleEndTests {
    @Test func `a session that was ended while idle says so once, before anything is sent`() async throws {
        let session = try TestDatabase.current.session()
        let first = try await session.withConnection { $0.backendID }
        try await Self.end(first)

        let failure = await #expect(throws: PostgresError.self) {
            try await session.withConnection { _ in Issue.record("lent a connection that is gone") }
        }
        guard case .connection(let reason) = try #require(failure) else {
            Issue.record("an error of another kind")
            return
        }
        #expect(reason.kind == .endedWhileIdle)
        #expect(reason.sqlState == .adminShutdown)
        #expect(reason.isTransient)
        #expect(try await session.withConnection { $0.backendID } != first)
    }

    @Test func `a session that keeps nothing is opened again without a word`() async throws {
        let session = Session(try TestDatabase.current.options, idleEnd: .isMended)
        let first = try await session.withConnection { $0.backendID }
        try await Self.end(first)

        let (second, one) = try await session.withConnection {
            ($0.backendID, try $0.queryOne("SELECT 1", as: Int.self))
        }
        #expect(second != first)
        #expect(one == 1)
    }

    @Test func `a session that its own limit ended is opened again, with its settings`() async throws {
        let session = Session(
            try TestDatabase.current.options,
            settings: [.init("idle_session_timeout", "100ms"), .init("lock_timeout", "321ms")],
            idleEnd: .isMended
        )
        let first = try await session.withConnection { $0.backendID }
        try await Self.untilGone(first)

        let limit = try await session.withConnection { try $0.queryOne("SHOW lock_timeout", as: String.self) }
        #expect(limit == "321ms")
    }

    @Test func `a transaction that was left open is not taken for another`() async throws {
        let session = Session(try TestDatabase.current.options, idleEnd: .isMended)
        let first = try await session.withConnection { connection in
            try connection.runScript("BEGIN")
            return connection.backendID
        }
        try await Self.end(first)

        let failure = await #expect(throws: PostgresError.self) {
            try await session.withConnection { _ = try $0.execute("SELECT 1") }
        }
        #expect(failure?.isConnectionLost == true)
    }

    @Test func `what else the server says does not end a session`() async throws {
        let session = Session(try TestDatabase.current.options, idleEnd: .isTold)
        let first = try await session.withConnection { connection in
            try connection.runScript("LISTEN news")
            return connection.backendID
        }
        let other = try TestDatabase.current.connection()
        for number in 1...100 { try other.execute("SELECT pg_notify('news', \(String(number)))") }
        #expect(try await session.withConnection { $0.backendID } == first)
    }

    @Test func `a pool lends no connection that was ended in its hands`() async throws {
        let pool = SessionPool(try TestDatabase.current.options, limit: 1)
        let first = try await pool.withConnection { $0.backendID }
        try await Self.end(first)
        #expect(try await pool.withConnection { try $0.queryOne("SELECT 1", as: Int.self) } == 1)
    }

    @Test func `a search path of several schemas is a setting of a transaction`() throws {
        let connection = try TestDatabase.current.connection()
        let options = TransactionOptions(settings: [.init("search_path", "public, \"Two Words\", pg_temp")])
        let path = try connection.transaction(options) {
            try $0.queryOne("SHOW search_path", as: String.self)
        }
        #expect(path == "public, \"Two Words\", pg_temp")
        #expect(try connection.queryOne("SHOW search_path", as: String.self) != path)
    }

    private static func end(_ backend: Int32) async throws {
        let connection = try TestDatabase.current.connection()
        try connection.execute("SELECT pg_terminate_backend(\(backend))")
        try await untilGone(backend)
    }

    private static func untilGone(_ backend: Int32) async throws {
        let connection = try TestDatabase.current.connection()
        try await eventually("the session to be gone") {
            try connection.queryOne(
                "SELECT count(*) FROM pg_stat_activity WHERE pid = \(backend)",
                as: Int.self
            ) == 0
        }
    }
}
