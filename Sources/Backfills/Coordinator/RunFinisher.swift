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
        // Without a condition nothing tells rows that need work: that all ranges are done is asked when the run is settled.
        if context.backfill.condition == nil, context.options.atEnd == .finish { return .complete }
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

    /// How a run stands when its walk is over.
    struct Settled: Sendable {
        /// What was found.
        enum Finding: Sendable, Hashable {
            /// This process was the one to find that all is done.
            case completedHere
            /// There is work again, and nobody wants it left: a server that crashed, or a standby that took over, has not heard of
            /// the newest chunks, which workers took for done.
            case reopened
            /// Anything else; the run tells it.
            case other
        }

        let run: Run
        let progress: RunProgress
        let finding: Finding
    }

    /// Makes the transition that the ranges call for. Several processes come here at the same time; the lock on the run lets
    /// one of them make it.
    func settle(_ walk: FurtherPass.Outcome) throws -> Settled {
        let id = context.run.id
        let opening = [
            store.statements.lockRun(id), store.statements.progress(of: id), context.identity.statement,
            store.statements.newFiles(run: id),
        ]
        return try connection.transaction(context.run.transaction(), opening: opening) { _, answers in
            guard let run = try store.runs(in: answers[0]).first else {
                throw BackfillError.neverRun(context.run.name)
            }
            let progress = try store.progress(in: answers[1])
            guard !isReopened(run, progress, walk) else {
                return TransactionEnd(Settled(run: run, progress: progress, finding: .reopened))
            }
            guard let state = state(of: run, progress, walk) else {
                return TransactionEnd(Settled(run: run, progress: progress, finding: .other))
            }
            if state == .completed { try checkTable(answers[2], answers[3]) }
            return TransactionEnd(transition(of: run, to: state)) { answers in
                let now = try answers.last.flatMap { try store.runs(in: $0).first }
                let finding: Settled.Finding = state == .completed ? .completedHere : .other
                return Settled(run: now ?? run, progress: progress, finding: finding)
            }
        }
    }

    private func isReopened(_ run: Run, _ progress: RunProgress, _ walk: FurtherPass.Outcome) -> Bool {
        walk == .complete && !context.stop.isRequested && !progress.isAllDone
            && run.state.isUnfinished && run.state != .pending && run.wanted == .running
    }

    private func transition(of run: Run, to state: RunState) -> [SQL] {
        [
            store.statements.setState(state, of: run.id, error: run.lastError),
            journal.statement("backfill.\(state.rawValue)", subject: run.name),
            store.statements.run(run.id),
        ]
    }

    /// What the ranges say of their table is worth nothing when this is another one.
    private func checkTable(_ table: ResultSet, _ newFiles: ResultSet) throws {
        try context.identity.check(found: table[0].value(Int64?.self, at: 0))
        try TableHistory(run: context.run, store: store).check(store.newFiles(in: newFiles))
    }

    /// The state that a run is to get; `nil` when it stays what it is.
    private func state(of run: Run, _ progress: RunProgress, _ walk: FurtherPass.Outcome) -> RunState? {
        var progress = progress
        // Without knowing that nothing is left the run is not complete, though its ranges are done.
        if walk != .complete, context.source.needsFurtherPasses, context.backfill.condition != nil {
            progress.ranges += 1
        }
        // Whoever pauses a run that waits for rows does not mean that none are to come.
        if context.options.atEnd == .follow, run.wanted != .running { progress.ranges += 1 }
        guard run.state.isUnfinished, let state = Self.state(of: run, progress), state != run.state else {
            return nil
        }
        return state
    }

    /// Runs the verify query of a completed run.
    func verify(_ run: Run) throws -> Run {
        try Verification(context.backfill, schema: schema, origin: origin, on: connection)
            .run(run, settings: context.run.settings) { context.report(.verifying) }
    }

    /// The state that follows from the ranges; `nil` while other workers are at it.
    static func state(of run: Run, _ progress: RunProgress) -> RunState? {
        // A run whose ranges were never cut has none that are done: somebody paused or cancelled it before.
        guard run.state != .pending else { return run.wanted.stateWithoutWorkers }
        if progress.rangesDone == progress.ranges { return .completed }
        if progress.rangesHeld > 0 { return nil }
        return run.wanted.stateWithoutWorkers ?? .paused
    }

    /// The planner should know at once what a mass update did. It is a favour, not part of the work: a role that may
    /// not, or a table that is locked, is no reason to fail.
    static func analyze(_ table: Identifier, on connection: Connection) {
        let settings = [TransactionOptions.Setting("lock_timeout", "1s")]
        _ = try? connection.transaction(
            TransactionOptions(settings: settings),
            of: ["ANALYZE \(identifier: table)"]
        )
    }
}
