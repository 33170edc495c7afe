import Backfills

extension Coordinator {
    /// Runs a backfill in chunks of 100 rows, and stops it behind the first.
    @discardableResult
    func runFirstChunk(of backfill: Backfill) async throws -> RunResult {
        let stop = StopSignal()
        return try await run(
            backfill,
            options: .chunks(of: 100),
            stop: stop,
            report: { if case .chunk = $0 { stop.request() } }
        )
    }
}
