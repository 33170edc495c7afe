import Control
import Postgres

/// What a pass does when a chunk fails.
extension RangePass {
    /// What becomes of the pass after an error: an end, or `nil` to go on.
    func recover(from error: any Error) async throws -> RangeEnd? {
        attempt += 1
        let elapsed = (ContinuousClock.now - attemptStart).seconds
        switch context.failurePolicy.decision(for: error, attempt: attempt, elapsed: elapsed) {
        case .retry(let delay):
            return try await tryAgain(after: delay, because: error)
        case .shrink(let delay):
            guard pace.sizer.size > 1 || delay > 0 else { throw try await timedOut() }
            pace.sizer.halve()
            return try await tryAgain(after: delay, because: error)
        case .reconnect(let delay):
            return try await reconnect(after: delay, because: error)
        case .askServer(let delay):
            if let intervention = await context.intervention(behind: error, since: attemptStart, on: session)
            {
                throw intervention
            }
            return try await reconnect(after: delay, because: error)
        case .giveUpRange:
            context.report(.leaseLost(range: range.ordinal))
            return .lost
        case .pause:
            throw Intervention.cancelledStatement("\(error)")
        case .isolate:
            return try await isolate(error)
        case .fail:
            throw try await failure(error)
        }
    }

    private func tryAgain(after delay: Double, because error: any Error) async throws -> RangeEnd? {
        context.report(.retrying(range: range.ordinal, reason: "\(error)", after: delay))
        try await context.onControlTables(of: session) { [range] in
            try $0.recordRetry(range, error: "\(error)")
        }
        try await context.stop.wait(seconds: delay)
        return context.stop.isRequested ? try await leave(.stopped) : nil
    }

    private func reconnect(after delay: Double, because error: any Error) async throws -> RangeEnd? {
        context.report(.retrying(range: range.ordinal, reason: "\(error)", after: delay))
        try await context.stop.wait(seconds: delay)
        return try await reclaim()
    }

    /// Finds out where the range stands after the connection broke, and owns it anew.
    private func reclaim() async throws -> RangeEnd? {
        let lease = context.options.lease
        let reclaimed = try await context.onControlTables(of: session) { [range, owner] in
            try $0.reclaim(range, owner: owner, lease: lease)
        }
        guard let reclaimed else {
            context.report(.leaseLost(range: range.ordinal))
            return .lost
        }
        if reclaimed.cursor != range.cursor { attempt = 0 }
        range = reclaimed
        return range.cursor == range.upper ? .done : nil
    }

    /// One row of the chunk cannot be applied: narrows it down. The next chunks are smaller until it is alone in one.
    private func isolate(_ error: any Error) async throws -> RangeEnd? {
        attempt = 0
        if context.stop.isRequested { return try await leave(.stopped) }
        // What a single row does wrong is recorded; this is about the record itself.
        if isolation.isSingle { throw try await failure(error) }
        isolation.failed(size)
        return nil
    }

    /// Lets go of the range.
    func leave(_ end: RangeEnd) async throws -> RangeEnd {
        try await context.onControlTables(of: session) { [range] in try $0.release(range) }
        return end
    }

    private func timedOut() async throws -> any Error {
        _ = try await leave(.stopped)
        return BackfillError.chunkTimedOut(
            backfill: context.backfill.name,
            interval: range.cursor?.description ?? "the beginning",
            limit: context.backfill.limits.statementTimeout.description
        )
    }

    /// The error to stop the run with; the range is free for the next run before it is thrown.
    private func failure(_ error: any Error) async throws -> any Error {
        do {
            _ = try await leave(.stopped)
        } catch {
            // The lease runs out by itself, and the first error is the one that counts.
        }
        guard attempt > 1, let error = error as? PostgresError, error.isTransient else { return error }
        return BackfillError.keptFailing(backfill: context.backfill.name, attempts: attempt, error: error)
    }
}
