import Foundation
import LocalServer
import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase) struct SessionPoolTests {
    @Test func `there are never more sessions than the limit`() async throws {
        let pool = SessionPool(try TestDatabase.current.options, limit: 3)
        let backends = try await withThrowingTaskGroup(of: Int32.self) { group in
            for _ in 0..<30 { group.addTask { try await pool.withConnection { $0.backendID } } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect((1...3).contains(backends.count))
    }

    @Test func `those who wait are served in the order in which they came`() async throws {
        let pool = SessionPool(try TestDatabase.current.options, limit: 1)
        let holder = try await Holder(pool)
        let order = Order()
        var waiting: [Task<Void, any Error>] = []
        for number in 1...5 {
            waiting.append(Task { try await pool.withConnection { _ in order.append(number) } })
            try await eventually("number \(number) to wait") { await pool.waitingCount == number }
        }
        try await holder.release()
        for task in waiting { try await task.value }
        #expect(order.numbers == [1, 2, 3, 4, 5])
    }

    @Test func `waiting ends with an error that names the limit and the time`() async throws {
        var configuration = SessionPool.Configuration()
        (configuration.limit, configuration.waitLimit) = (1, .milliseconds(150))
        let pool = SessionPool(try TestDatabase.current.options, configuration)
        let holder = try await Holder(pool)
        let error = await #expect(throws: PoolError.self) { try await pool.withConnection { _ in } }
        guard case .exhausted(let limit, let waited) = error else { throw try #require(error) }
        #expect(limit == 1 && waited >= .milliseconds(150))
        #expect(error?.description.hasPrefix("All 1 sessions of the pool were in use for ") == true)
        #expect(await pool.waitingCount == 0)
        try await holder.release()
        #expect(try await pool.withConnection { try $0.queryOne("SELECT 1", as: Int.self) } == 1)
    }

    @Test func `a cancelled waiter leaves the queue at once`() async throws {
        let pool = SessionPool(try TestDatabase.current.options, limit: 1)
        let holder = try await Holder(pool)
        let first = Task { try await pool.withConnection { _ in Issue.record("lent to a cancelled task") } }
        try await eventually("the first to wait") { await pool.waitingCount == 1 }
        let second = Task { try await pool.withConnection { _ in 2 } }
        try await eventually("the second to wait") { await pool.waitingCount == 2 }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        #expect(await pool.waitingCount == 1)
        try await holder.release()
        #expect(try await second.value == 2)
    }

    @Test func `a connection that died while it was idle is replaced unseen`() async throws {
        var configuration = SessionPool.Configuration()
        (configuration.limit, configuration.pingAfter) = (1, .zero)
        let pool = SessionPool(try TestDatabase.current.options, configuration)
        let first = try await pool.withConnection { $0.backendID }
        try terminate(first)
        #expect(
            try await pool.withConnection { try $0.queryOne("SELECT pg_backend_pid()", as: Int32.self) }
                != first
        )
    }

    @Test func `a connection that was idle for a short time is not asked`() async throws {
        let pool = SessionPool(try TestDatabase.current.options, limit: 1)
        let first = try await pool.withConnection { $0.backendID }
        #expect(try await pool.withConnection { $0.backendID } == first)
        let asked = try TestDatabase.current.connection().queryOne(
            "SELECT query FROM pg_stat_activity WHERE pid = \(first)",
            as: String.self
        )
        #expect(asked.isEmpty)
    }

    @Test func `a server that does not answer the question in time is given up`() async throws {
        try await withFaultProxy(for: TestDatabase.current) { proxy in
            var configuration = SessionPool.Configuration()
            (configuration.limit, configuration.pingAfter, configuration.pingLimit) = (
                1, .zero, .milliseconds(100)
            )
            let pool = SessionPool(try proxy.options, configuration)
            let first = try await pool.withConnection { $0.backendID }
            let stalled = proxy.arm(.statement(containing: "SELECT 1"), .stall)
            let second = Task { try await pool.withConnection { $0.backendID } }
            try await stalled.wait()
            try await eventually("a new connection") { proxy.connectionsAccepted == 2 }
            proxy.pass()
            #expect(try await second.value != first)
        }
    }

    @Test func `a connection that is too old is replaced`() async throws {
        var configuration = SessionPool.Configuration()
        (configuration.limit, configuration.maximumLifetime) = (1, .zero)
        let pool = SessionPool(try TestDatabase.current.options, configuration)
        let first = try await pool.withConnection { $0.backendID }
        #expect(try await pool.withConnection { $0.backendID } != first)
    }

    @Test func `a transaction that was left open does not reach the next user`() async throws {
        let pool = SessionPool(try TestDatabase.current.options, limit: 1)
        try await pool.withConnection { try $0.runScript("BEGIN; SET LOCAL lock_timeout = '7s'") }
        let found = try await pool.withConnection { connection in
            (connection.transactionStatus, try connection.queryOne("SHOW lock_timeout", as: String.self))
        }
        #expect(found == (.idle, "0"))
    }

    @Test func `a full server is tried again until there is room`() async throws {
        let database = try TestDatabase.current
        let administration = try database.connection()
        let role = "crowd\(administration.backendID)"
        try administration.runScript("CREATE ROLE \(role) LOGIN CONNECTION LIMIT 0")
        defer { try? administration.runScript("DROP ROLE \(role)") }
        var options = try database.options
        options.set("user", role)
        var configuration = SessionPool.Configuration()
        configuration.backoff = Backoff(initial: 0.01, maximum: 0.02, attempts: 1000)
        try await withFaultProxy(for: database) { proxy in
            var proxied = try proxy.options
            proxied.set("user", role)
            let pool = SessionPool(proxied, configuration)
            let user = Task {
                try await pool.withConnection { try $0.queryOne("SELECT current_user", as: String.self) }
            }
            try await eventually("several attempts") { proxy.connectionsAccepted > 3 }
            try administration.runScript("ALTER ROLE \(role) CONNECTION LIMIT 5")
            #expect(try await user.value == role)
            await pool.close()
        }
        configuration.backoff = Backoff(initial: 0.01, maximum: 0.02, attempts: 2)
        try administration.runScript("ALTER ROLE \(role) CONNECTION LIMIT 0")
        let impatient = SessionPool(options, configuration)
        let error = await #expect(throws: PostgresError.self) { try await impatient.withConnection { _ in } }
        #expect(error?.sqlState == .tooManyConnections)
    }

    /// When a backend dies the server starts itself anew, once all others are gone: one that is held keeps it from that
    /// for 5 s.
    @Test func `a server that is starting up is tried again until it is up`() async throws {
        try await TestServer.withOwn { server in
            let options = try await TestDatabase.create(named: "starting", on: server).options
            let (held, victim) = (try Connection(options), try Connection(options))
            kill(held.backendID, SIGSTOP)
            kill(victim.backendID, SIGKILL)
            try await eventually("the server to refuse connections for now") {
                do {
                    _ = try Connection(options)
                    return false
                } catch let error as PostgresError {
                    return error.sqlState == .cannotConnectNow
                }
            }
            var configuration = SessionPool.Configuration()
            configuration.backoff = Backoff(initial: 0.05, maximum: 0.2, attempts: 1000)
            let pool = SessionPool(options, configuration)
            #expect(try await pool.withConnection { try $0.queryOne("SELECT 1", as: Int.self) } == 1)
            await pool.close()
        }
    }

    private func terminate(_ backend: Int32) throws {
        let administration = try TestDatabase.current.connection()
        _ = try administration.queryOne("SELECT pg_terminate_backend(\(backend), 10000)", as: Bool.self)
    }
}
