import Foundation
import Measuring
import Postgres

/// The Swift side of `bulk.py`, which compares it with other drivers.
///
/// `case NAME URL ROWS FILE` runs one case in this process and prints its seconds, own CPU and peak
/// memory; `server` starts a private server, prints how to connect to it, and stops it at the end of its input.
@main
enum Main {
    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if arguments == ["server"] {
            try await BenchmarkHost.serve(settings: BenchmarkHost.steady)
        } else if arguments.count == 5, arguments[0] == "case",
            let measured = BulkCase(rawValue: arguments[1]),
            let rows = Int(arguments[3])
        {
            let connection = try Connection(ConnectionOptions(arguments[2]))
            let result = try measured.run(on: connection, rows: rows, file: arguments[4])
            print(String(decoding: try JSONEncoder().encode(result), as: UTF8.self))
        } else {
            throw BenchmarkError("usage: BulkBenchmark server | case NAME URL ROWS FILE")
        }
    }
}
