import Foundation
import Measuring
import SQLSyntax

/// How fast a script is cut, the median of several passes over about 8 MB of it.
struct LexerSpeed {
    /// Megabytes a second.
    struct Result: Codable {
        let tokens: Double
        let statements: Double
    }

    private let bytes: [UInt8]

    init(file: String) throws {
        let script = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
        guard !script.isEmpty else { throw BenchmarkError("\(file) is empty") }
        bytes = [[UInt8]](repeating: script, count: 8_000_000 / script.count + 1).flatMap(\.self)
    }

    func measure() throws -> Result {
        Result(tokens: try median(of: countTokens), statements: try median(of: countStatements))
    }

    private func median(of pass: () throws -> Int) throws -> Double {
        let clock = ContinuousClock()
        let seconds = try (0..<7).map { _ in
            var count = 0
            let duration = try clock.measure { count = try pass() }
            guard count > 0 else { throw BenchmarkError("the script holds nothing") }
            return duration.inSeconds
        }
        return Double(bytes.count) / seconds.sorted()[3] / 1e6
    }

    private func countTokens() throws -> Int {
        var lexer = Lexer(bytes)
        var count = 0
        while try lexer.next() != nil { count += 1 }
        return count
    }

    private func countStatements() throws -> Int {
        try StatementSplitter.split(bytes).count
    }
}
