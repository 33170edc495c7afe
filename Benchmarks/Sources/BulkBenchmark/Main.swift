import Foundation
import LocalServer
import Measuring
import Postgres

/// The Swift side of `bulk.py`, which compares it with other drivers.
///
/// `case NAME URL ROWS FILE` runs one case in this process and prints its seconds and peak memory; `server` starts a
/// private server, prints how to connect to it, and stops it at the end of its input.
@main
enum Main {
    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if arguments == ["server"] {
            try await serve()
        } else if arguments.count == 5, arguments[0] == "case",
            let measured = BulkCase(rawValue: arguments[1]),
            let rows = Int(arguments[3])
        {
            let connection = try Connection(ConnectionOptions(arguments[2]))
            let seconds = try measured.run(on: connection, rows: rows, file: arguments[4])
            print(String(decoding: try JSONEncoder().encode(CaseResult(seconds: seconds)), as: UTF8.self))
        } else {
            throw BenchmarkError("usage: BulkBenchmark server | case NAME URL ROWS FILE")
        }
    }

    private static func serve() async throws {
        var configuration = PrivateServer.Configuration(
            folder: "/var/tmp/caisson-bench-\(getuid())-\(getpid())"
        )
        configuration.settings = [
            "shared_buffers": "1GB", "max_wal_size": "8GB", "checkpoint_timeout": "1h", "autovacuum": "off",
        ]
        let server = PrivateServer(configuration)
        let guardian = try await Guardian(over: server)
        do {
            try await server.start()
            let address = server.connectionString(database: "postgres") + "\n"
            FileHandle.standardOutput.write(Data(address.utf8))
            while readLine() != nil {}
            await guardian.release()
        } catch {
            await guardian.release()
            throw error
        }
    }
}
