import LocalServer
import Postgres

/// Statements that concern the shared server as a whole, over a few connections that all tests share.
enum Administration {
    private static let opening = Task {
        let server = try await TestServer.shared
        var options = try ConnectionOptions(server.connectionString(database: "postgres"))
        options.applicationName = "test administration"
        return SessionPool(options, limit: 4)
    }

    static func run(_ statement: SQL) async throws {
        _ = try await opening.value.withConnection { try $0.execute(statement) }
    }
}
