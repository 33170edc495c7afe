import LocalServer
import Subprocess

/// Statements that concern the server as a whole.
enum Administration {
    static func run(_ statement: String, on server: PrivateServer) async throws {
        let result = try await Subprocess.run(
            .name("psql"),
            arguments: ["-X", "-q", "-d", server.connectionString(database: "postgres"), "-c", statement],
            output: .string(limit: 65_536),
            error: .combinedWithOutput
        )
        guard result.terminationStatus.isSuccess else {
            throw AdministrationError(description: "\(statement): \(result.standardOutput)")
        }
    }
}

struct AdministrationError: Error, CustomStringConvertible {
    let description: String
}
