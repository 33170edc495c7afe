import Postgres
import TestSupport
import Testing

@Suite(.freshDatabase) struct PoolSettingsTests {
    @Test func `the timeouts and the name are the session's`() async throws {
        let pool = SessionPool(try TestDatabase.current.options, configuration(.none))
        let found = try await pool.withConnection { try $0.settings() }
        #expect(found == ["11s", "7s", "shop", "off"])
    }

    @Test func `behind a pooler they hold inside a transaction and nowhere else`() async throws {
        let pool = SessionPool(try TestDatabase.current.options, configuration(.transaction))
        let found = try await pool.withConnection { connection in
            let before = try connection.settings()
            let inside = try connection.transaction { try $0.settings() }
            let own = TransactionOptions(settings: [.init("lock_timeout", "1s")])
            let overridden = try connection.transaction(own) { try $0.settings() }
            return [before, inside, overridden, try connection.settings()]
        }
        let outside = ["0", "0", "shop", "on"]
        #expect(found == [outside, ["11s", "7s", "shop", "off"], ["11s", "1s", "shop", "off"], outside])
    }

    @Test func `a statement that runs too long is stopped`() async throws {
        var configuration = SessionPool.Configuration()
        configuration.statementTimeout = .milliseconds(20)
        let pool = SessionPool(try TestDatabase.current.options, configuration)
        let error = await #expect(throws: PostgresError.self) {
            try await pool.withConnection { try $0.execute("SELECT pg_sleep(600)") }
        }
        #expect(error?.sqlState == .queryCanceled)
    }

    private func configuration(_ pooler: Pooler) -> SessionPool.Configuration {
        var configuration = SessionPool.Configuration()
        (configuration.statementTimeout, configuration.lockTimeout) = (.seconds(11), .seconds(7))
        (configuration.applicationName, configuration.pooler) = ("shop", pooler)
        configuration.settings = [.init("jit", "off")]
        return configuration
    }
}

extension Connection {
    fileprivate func settings() throws -> [String] {
        try ["statement_timeout", "lock_timeout", "application_name", "jit"].map {
            try queryOne("SELECT current_setting(\($0))", as: String.self)
        }
    }
}
