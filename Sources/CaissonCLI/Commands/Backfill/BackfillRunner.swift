import Backfills

/// Runs backfills one after the other, shows how they get on, and stops in order when asked.
struct BackfillRunner: Sendable {
    let coordinator: Coordinator
    let options: RunOptions
    let console: Console

    /// Runs them in their order; the first that does not get to its end is the last that is tried.
    func run(_ backfills: [Backfill]) async throws -> Outcome {
        let stop = StopSignal()
        let ask = FirstSignalNote(stop: stop, console: console)
        return try await Interruption.watch(.asks { ask.give() }) {
            for backfill in backfills {
                let outcome = try await run(backfill, stop)
                if outcome != .done { return outcome }
                if stop.isRequested, backfill.name != backfills.last?.name { return .backfillPaused }
            }
            return .done
        }
    }

    private func run(_ backfill: Backfill, _ stop: StopSignal) async throws -> Outcome {
        let reporter = RunReporter(backfill, workers: options.workers, console: console)
        let result = try await coordinator.run(
            backfill,
            options: options,
            stop: stop,
            report: { reporter.receive($0) }
        )
        console.endStatus()
        let outcome = Outcome(of: result.run, skipped: result.progress.skipped)
        if let failure = Failure(result, outcome) { console.fail(failure) }
        console.report(BackfillFinishedReport(result: result))
        return outcome
    }
}

/// Passes the first Ctrl-C on and says what happens now.
private struct FirstSignalNote: Sendable {
    let stop: StopSignal
    let console: Console

    func give() {
        stop.request()
        console.note("\nFinishing the current chunks; press Ctrl-C again to cancel them.")
    }
}

extension Failure {
    /// A run that came to its end and still is not what was wanted; nil for all others.
    fileprivate init?(_ result: RunResult, _ outcome: Outcome) {
        let name = result.run.name
        switch outcome {
        case .verificationFailed:
            self.init(
                outcome: outcome,
                message: """
                    Backfill \(name): all ranges are done, but its verify query returned \(result.run.verifyResult ?? 0) \
                    instead of 0.
                    See which rows it counts. When they are mended: caisson backfill verify \(name); to do everything \
                    again: caisson backfill run \(name) --restart
                    """
            )
        case .rowsSkipped:
            self.init(
                outcome: outcome,
                message: """
                    Backfill \(name): \(Numbers.count(result.progress.skipped, "row")) could not be applied and \
                    were skipped. See them with: caisson backfill skipped \(name); \
                    when they are mended: caisson backfill retry \(name) --skipped
                    """
            )
        case .failed:
            self.init(
                outcome: outcome,
                message: """
                    Backfill \(name) is \(result.run.state.rawValue). Begin anew with: caisson backfill run \(name) \
                    --restart
                    """
            )
        default: return nil
        }
    }
}
