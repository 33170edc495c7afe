import Foundation
import LocalServer

/// A private server for one run of a benchmark.
package enum BenchmarkHost {
    /// Settings under which no checkpoint and no autovacuum falls into one of two runs that are compared.
    package static let steady = [
        "shared_buffers": "1GB", "max_wal_size": "8GB", "checkpoint_timeout": "1h", "autovacuum": "off",
    ]

    /// Starts a server, lends its address and stops it, also when this process is ended from outside.
    package static func withServer(
        settings: [String: String] = [:],
        _ body: (_ url: String) async throws -> Void
    ) async throws {
        var configuration = PrivateServer.Configuration(
            folder: "/var/tmp/caisson-bench-\(getuid())-\(getpid())"
        )
        configuration.settings = settings
        let server = PrivateServer(configuration)
        let guardian = try await Guardian(over: server)
        do {
            try await server.start()
            try await body(server.connectionString(database: "postgres"))
            await guardian.release()
        } catch {
            await guardian.release()
            throw error
        }
    }

    /// Starts a server for the script that reads this program's output, prints its address, and stops it at the end of
    /// the input.
    package static func serve(settings: [String: String] = [:]) async throws {
        try await withServer(settings: settings) { url in
            FileHandle.standardOutput.write(Data("\(url)\n".utf8))
            while readLine() != nil {}
        }
    }
}
