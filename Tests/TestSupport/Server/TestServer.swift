public import LocalServer

/// The private PostgreSQL of this test process: started when the first test asks for it, gone with the process.
public enum TestServer {
    private static let starting = Task { try await Owned() }

    /// The running server. A test that cannot have it fails with the reason, it is not skipped.
    public static var shared: PrivateServer {
        get async throws { try await starting.value.server }
    }

    /// The server together with the guardian that must live as long as it does.
    private struct Owned {
        let server: PrivateServer
        let guardian: Guardian

        init() async throws {
            server = PrivateServer(TestServer.throwaway())
            guardian = try await Guardian(over: server)
            try await server.start()
        }
    }

    /// The configuration of a server for a single test, in a folder of its own below `/tmp`.
    public static func throwaway() -> PrivateServer.Configuration {
        let unique = String(UInt32.random(in: 0...UInt32.max), radix: 36)
        var configuration = PrivateServer.Configuration(folder: "/tmp/caisson-test-\(unique)")
        configuration.durability = .throwaway
        configuration.settings = [
            "max_connections": "200",
            "log_min_messages": "fatal",
            "autovacuum_naptime": "1h",
            "max_prepared_transactions": "20",
        ]
        return configuration
    }

    /// Starts a server of the test's own (to be crashed, say), hands it to the body and removes it.
    public static func withOwn<Result: Sendable>(
        _ configuration: PrivateServer.Configuration = throwaway(),
        _ body: (PrivateServer) async throws -> Result
    ) async throws -> Result {
        let server = PrivateServer(configuration)
        let guardian = try await Guardian(over: server)
        do {
            try await server.start()
            let result = try await body(server)
            await guardian.release()
            return result
        } catch {
            await guardian.release()
            throw error
        }
    }
}
