import LocalServer
import Postgres

/// Statements that concern the shared server as a whole, over a few connections that all tests share.
enum Administration {
    private static let opening = Task {
        let server = try await TestServer.shared
        var options = try ConnectionOptions(server.connectionString(database: "postgres"))
        options.applicationName = "test administration"
        var configuration = SessionPool.Configuration()
        // Databases are made and dropped in turn when the machine is busy; a test has a limit of its own.
        configuration.waitLimit = .seconds(600)
        return SessionPool(options, configuration)
    }

    static func run(_ statement: SQL) async throws {
        _ = try await opening.value.withConnection { try $0.execute(statement) }
    }
}
