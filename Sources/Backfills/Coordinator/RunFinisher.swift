import Control
import Postgres

/// Brings a run into the state that its ranges and people's wishes call for.
struct RunFinisher {
    private let context: RunContext
    private let schema: ControlSchema
    private let origin: Origin
    private let journal: Journal
    private let store: RunStore
    private let connection: Connection

    init(_ context: RunContext, schema: ControlSchema, origin: Origin, on connection: Connection) {
        self.context = context
        self.schema = schema
        self.origin = origin
        journal = Journal(schema: schema, origin: origin)
        store = RunStore(schema: schema, on: connection)
        self.connection = connection
    }

    /// Adds what the walk could not meet.
    func addPass(after passes: Int) throws -> FurtherPass.Outcome {
        guard !context.stop.isRequested else { return .unknown }
        let further = FurtherPass(
            run: context.run,
            backfill: context.backfill,
            store: store,
            on: connection
        )
        let outcome = try further.add(passes: passes)
        if case .added(let pass, let ranges) = outcome, ranges > 0 {
            context.report(.anotherPass(number: pass, ranges: ranges))
        }
        return outcome
    }

    /// Does it and returns the run as it stands then.
    func finish(_ walk: FurtherPass.Outcome) throws -> Run {
        let run = try settle(walk)
        guard run.state == .completed else { return run }
        return try Verification(context.backfill, schema: schema, origin: origin, on: connection).run(run) {
            context.report(.verifying)
        }
    }

    /// Several processes come here at the same time; the lock on the run lets one of them make the transition.
    private func settle(_ walk: FurtherPass.Outcome) throws -> Run {
        let (run, completedHere) = try connection.transaction(context.run.transaction()) { _ -> (Run, Bool) in
            guard let run = try store.lockRun(context.run.id) else {
                throw BackfillError.neverRun(context.run.name)
            }
            var progress = try store.progress(of: run.id)
            // Without knowing that nothing is left the run is not complete, though its ranges are done.
            if walk != .complete, context.source.needsFurtherPasses, context.backfill.condition != nil {
                progress.ranges += 1
            }
            // Whoever pauses a run that waits for rows does not mean that none are to come.
            if context.options.atEnd == .follow, run.wanted != .running { progress.ranges += 1 }
            guard run.state.isUnfinished, let state = Self.state(of: run, progress), state != run.state else {
                return (run, false)
            }
            if state == .completed { try checkTable() }
            try store.setState(state, of: run.id, error: run.lastError)
            try journal.record("backfill.\(state.rawValue)", subject: run.name, on: connection)
            return (try store.run(run.id) ?? run, state == .completed)
        }
        if completedHere { analyze() }
        return run
    }

    /// What the ranges say of their table is worth nothing when this is another one.
    private func checkTable() throws {
        try context.identity.check(on: connection)
        try TableHistory(run: context.run, store: store).check()
    }

    /// The state that follows from the ranges; `nil` while other workers are at it.
    static func state(of run: Run, _ progress: RunProgress) -> RunState? {
        if progress.rangesDone == progress.ranges { return .completed }
        if progress.rangesHeld > 0 { return nil }
        return run.wanted.stateWithoutWorkers ?? .paused
    }

    /// The planner should know at once what a mass update did. It is a favour, not part of the work: a role that may
    /// not, or a table that is locked, is no reason to fail.
    private func analyze() {
        context.report(.analyzing(table: context.source.table.description))
        let settings = [TransactionOptions.Setting("lock_timeout", "1s")]
        try? connection.transaction(TransactionOptions(settings: settings)) { connection in
            _ = try connection.execute("ANALYZE \(identifier: context.source.table)")
        }
    }
}
