import Postgres

/// Takes the steps of a plan one after the other, under the lock.
struct MigrationExecution {
    private let run: MigrationRun
    private var hooks: MigratorHooks { run.hooks }

    init(_ run: MigrationRun) {
        self.run = run
    }

    func execute(_ steps: [MigrationStep]) throws -> MigrationOutcome {
        var completed: [CompletedMigration] = []
        for (index, step) in steps.enumerated() {
            if let end = try endBefore(step, isFirst: index == 0) {
                return MigrationOutcome(completed: completed, end: end)
            }
            do {
                completed.append(try execute(step))
            } catch let failure as StepFailure {
                throw MigrationFailure(
                    step: step,
                    reason: failure.reason,
                    left: failure.left,
                    completed: completed,
                    remaining: Array(steps[(index + 1)...])
                )
            }
        }
        try run.cleanSession()
        return MigrationOutcome(completed: completed, end: .done)
    }

    private func endBefore(_ step: MigrationStep, isFirst: Bool) throws -> MigrationOutcome.End? {
        if !isFirst, hooks.shouldStop() { return .stopped(next: step) }
        guard step.direction == .up, let backfill = step.section.options.requiredBackfill else { return nil }
        // The last file may have left settings by which the question would mean something else.
        try run.resetSession()
        guard case .closed(let reason) = try hooks.gate(backfill, run.connection) else { return nil }
        hooks.onEvent(.waitingForBackfill(step, backfill: backfill, reason: reason))
        return .waitingForBackfill(step: step, backfill: backfill, reason: reason)
    }

    private func execute(_ step: MigrationStep) throws -> CompletedMigration {
        hooks.onEvent(.started(step))
        let start = ContinuousClock.now
        let earlier = run.connection.onNotice
        run.connection.onNotice = { [hooks] in hooks.onEvent(.notice(step, $0)) }
        defer { run.connection.onNotice = earlier }
        switch step.section.options.transactionMode {
        case _ where !step.replaced.isEmpty: try run.recordSquash(step)
        case .perFile: try run.runInTransaction(step)
        case .perStatement: try StatementwiseRun(run, step).perform()
        }
        let done = CompletedMigration(step: step, duration: ContinuousClock.now - start)
        hooks.onEvent(.finished(done))
        return done
    }
}
