import Foundation
import Measuring
import Postgres

/// Measures backfills against one single UPDATE of the same table on the same server, and against loops in Python.
///
/// Called without arguments it starts a private server and, in turns, a process of its own for each case, so that the
/// peak memory of one does not count for the next. Called as `case NAME URL` or `flatness URL` it is such a process.
/// `server` starts a private server for `latency.py`, prints how to connect to it, and stops it at the end of its input.
@main
enum Main {
    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch arguments.first {
        case "case" where arguments.count == 3:
            guard let measured = Case(rawValue: arguments[1]) else {
                throw BenchmarkError("there is no case \(arguments[1])")
            }
            try show(try await measured.run(on: arguments[2]))
        case "flatness" where arguments.count == 2:
            try show(try await Flatness.run(on: ConnectionOptions(arguments[1])))
        case "server" where arguments.count == 1:
            try await BenchmarkHost.serve(settings: BenchmarkHost.steady)
        case nil:
            try await Suite(
                rounds: setting("ROUNDS", default: 3),
                rows: setting("ROWS", default: 2_000_000),
                flatRows: setting("FLAT_ROWS", default: 10_000_000),
                walRows: setting("WAL_ROWS", default: 1_000_000),
                python: ProcessInfo.processInfo.environment["PYTHON"] ?? ".venv-bench/bin/python",
                cases: try cases()
            ).run()
        default:
            throw BenchmarkError("usage: BackfillBenchmark [case NAME URL | flatness URL | server]")
        }
    }

    private static func show(_ result: some Encodable) throws {
        print(String(decoding: try JSONEncoder().encode(result), as: UTF8.self))
    }

    /// Those that `CASES` names, all by default.
    private static func cases() throws -> [Case] {
        guard let names = ProcessInfo.processInfo.environment["CASES"] else { return Case.allCases }
        return try names.split(separator: " ").map { name in
            guard let measured = Case(rawValue: String(name)) else {
                throw BenchmarkError("there is no case \(name)")
            }
            return measured
        }
    }

    private static func setting(_ name: String, default value: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? value
    }
}
