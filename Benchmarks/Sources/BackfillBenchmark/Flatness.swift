import Backfills
import Foundation
import Measuring
import Postgres
import Synchronization

/// Whether the last chunks of a large table take as long as the first.
enum Flatness {
    /// A fixed size, so that chunks can be compared.
    static let chunkSize = 20_000

    /// The mean seconds of the chunks of the first and of the last tenth.
    struct Result: Codable {
        let first: Double
        let last: Double
        let peakMemory: Int
    }

    static func run(on connection: ConnectionOptions) async throws -> Result {
        let chunks = Mutex<[Double]>([])
        var options = RunOptions()
        options.sizing = .fixed(chunkSize)
        _ = try await Coordinator(connection).run(Case.statement, options: options) { event in
            guard case .chunk(let chunk) = event else { return }
            chunks.withLock { $0.append(chunk.seconds) }
        }
        let seconds = chunks.withLock { $0 }
        let tenth = seconds.count / 10
        guard tenth > 0 else { throw BenchmarkError("there are too few rows for ten chunks of \(chunkSize)") }
        return Result(
            first: seconds.prefix(tenth).mean,
            last: seconds.suffix(tenth).mean,
            peakMemory: CaseResult.peakMemoryOfThisProcess
        )
    }
}

extension Sequence<Double> {
    fileprivate var mean: Double {
        let (sum, count) = reduce(into: (0.0, 0.0)) { $0 = ($0.0 + $1, $0.1 + 1) }
        return sum / Swift.max(1, count)
    }
}
