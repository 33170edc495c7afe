import Backfills

/// Runs the backfills that migrations wait for.
struct GateOpener: Sendable {
    let backfills: BackfillDirectory
    let options: RunOptions
    let console: Console

    /// Runs a backfill until it is verified, or goes on where it stopped; nil where to run it would not help.
    func open(
        _ name: String,
        against obstacle: GateObstacle?,
        with coordinator: Coordinator
    ) async throws -> Outcome? {
        let backfill = try backfills.backfill(named: name)
        var options = options
        switch obstacle {
        case .remains:
            // All its ranges are done. Only with a condition is it known that those rows are met that need it, and no others
            // a second time.
            guard backfill.condition != nil else { return nil }
            options.existing = .restart
        case .timedOut, .nothingToAsk: return nil
        default: break
        }
        return try await BackfillRunner(coordinator: coordinator, options: options, console: console)
            .run([backfill])
    }
}
