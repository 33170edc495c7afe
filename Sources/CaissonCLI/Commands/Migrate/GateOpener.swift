import Backfills

/// Runs the backfills that migrations wait for.
struct GateOpener: Sendable {
    let backfills: BackfillDirectory
    let options: RunOptions
    let console: Console

    /// Runs a backfill until it is verified, or goes on where it stopped.
    func open(_ name: String, with coordinator: Coordinator) async throws -> Outcome {
        let backfill = try backfills.backfill(named: name)
        return try await BackfillRunner(coordinator: coordinator, options: options, console: console)
            .run([backfill])
    }
}
