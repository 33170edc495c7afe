import Foundation
import Measuring
import Postgres

/// Measures backfills against one single UPDATE of the same table on the same server.
///
/// Called without arguments it starts a private server and, in turns, a process of its own for each case, so that the
/// peak memory of one does not count for the next. Called as `case NAME URL ROWS` it is such a process.
@main
enum Main {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        if arguments.first == "case", arguments.count == 4 {
            try await runCase(Array(arguments.dropFirst()))
        } else {
            try await Suite(rounds: setting("ROUNDS", default: 3), rows: setting("ROWS", default: 2_000_000))
                .run()
        }
    }

    private static func runCase(_ arguments: [String]) async throws {
        guard let measured = Case(rawValue: arguments[0]), let rows = Int(arguments[2]) else {
            throw BenchmarkError("usage: BackfillBenchmark case NAME URL ROWS")
        }
        let seconds = try await measured.run(on: ConnectionOptions(arguments[1]), rows: rows)
        let result = CaseResult(seconds: seconds, peakMemory: CaseResult.peakMemoryOfThisProcess)
        print(String(decoding: try JSONEncoder().encode(result), as: UTF8.self))
    }

    private static func setting(_ name: String, default value: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? value
    }
}
