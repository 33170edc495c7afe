import Postgres

/// What a pass does with the one key that a failure was narrowed down to.
extension RangePass {
    /// Tries the next key alone and records it as skipped when it cannot be applied; an end when the range is not to be
    /// gone on with.
    func runSuspect(_ work: some SuspectWork) async throws -> RangeEnd? {
        let (runner, range) = (context.runner, range)
        let allowance = SkipAllowance(run: context.run.id, limit: context.options.maxSkipped)
        attemptStart = .now
        do {
            let outcome = try await session.withConnection {
                try runner.runSuspect(work, of: range, allowance, on: $0)
            }
            return try await take(outcome)
        } catch let limit as SkipLimitReached {
            throw BackfillError.rowRefused(
                backfill: context.backfill.name,
                key: limit.key.description,
                reason: limit.reason.message
            )
        }
    }

    private func take(_ outcome: SuspectOutcome) async throws -> RangeEnd? {
        switch outcome {
        case .gone:
            // Whoever removed it may have put another in its place.
            return context.stop.isRequested ? try await leave(.stopped) : nil
        case .applied(let report):
            isolation.passed(1)
            return try await advance(report)
        case .skipped(let report, let reason):
            isolation.passed(1)
            context.report(.skipped(key: report.range.cursor?.description ?? "", reason: reason.message))
            return try await advance(report)
        }
    }
}
