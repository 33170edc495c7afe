import Foundation
import Measuring

/// The Swift side of `migrate.py`, which compares the tool with another.
///
/// `lexer FILE` prints how many megabytes of a script are cut into tokens and into statements in a second; `server`
/// starts a private server, prints how to connect to it, and stops it at the end of its input.
@main
enum Main {
    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if arguments == ["server"] {
            try await BenchmarkHost.serve()
        } else if arguments.count == 2, arguments[0] == "lexer" {
            let script = try LexerSpeed(file: arguments[1])
            print(String(decoding: try JSONEncoder().encode(script.measure()), as: UTF8.self))
        } else {
            throw BenchmarkError("usage: MigrateBenchmark server | lexer FILE")
        }
    }
}
