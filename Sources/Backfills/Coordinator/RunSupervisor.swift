import Control
import Postgres

/// Sees a run through in one process: has workers walk, adds passes, follows, finishes.
struct RunSupervisor: Sendable {
    private let context: RunContext
    private let schema: ControlSchema
    private let origin: Origin
    private let session: Session

    /// - Parameter session: the coordinator's own.
    init(_ context: RunContext, schema: ControlSchema, origin: Origin, session: Session) {
        self.context = context
        self.schema = schema
        self.origin = origin
        self.session = session
    }

    /// Does it.
    func supervise(
        _ ready: RunStarter.Ready,
        since start: ContinuousClock.Instant
    ) async throws -> RunResult {
        let (run, progress): (Run, RunProgress)
        do {
            (run, progress) = try await finish(ready)
        } catch {
            await recordFailure(error)
            throw error
        }
        if let intervention = context.interventions.first, run.state.isUnfinished, run.wanted == .paused {
            context.report(.paused(reason: "\(intervention)"))
        }
        return RunResult(
            work: ready.admission == .work ? .some : .none,
            run: run,
            progress: progress,
            seconds: (ContinuousClock.now - start).seconds
        )
    }

    private func announce(resumed: Bool, _ progress: RunProgress) {
        context.report(
            .started(
                run: context.run.id,
                name: context.run.name,
                resumed: resumed,
                progress: progress,
                estimatedRows: context.run.estimatedRows
            )
        )
    }

    private func work() async throws {
        try await withThrowingTaskGroup(of: WorkerEnd.self) { group in
            for number in 1...max(1, context.options.workers) {
                let worker = Worker(context, number: number, origin: origin)
                group.addTask { try await worker.run() }
            }
            try await drain(&group)
        }
    }

    /// Waits for all workers. When one fails, the others finish their chunks and let go; its error is the one that counts.
    private func drain(
        _ group: inout ThrowingTaskGroup<WorkerEnd, any Error>
    ) async throws {
        var failure: (any Error)?
        while let result = await group.nextResult() {
            if case .failure(let error) = result {
                failure = failure ?? error
                context.stop.request()
            }
        }
        if let failure { throw failure }
    }

    /// Works through the ranges, and through those that are added because rows slipped through.
    private func walk(_ known: RunProgress?, resumed: Bool) async throws -> FurtherPass.Outcome {
        let follower = Follower(run: context.run, backfill: context.backfill, schema: schema)
        var (passes, isFollowing) = (0, false)
        var known = known
        while true {
            if !isFollowing {
                let progress = if let known { known } else { try await progress() }
                announce(resumed: resumed || passes > 0, progress)
                known = nil
            }
            try await work()
            passes += 1
            let outcome = try await addPass(after: passes)
            if case .added = outcome { continue }
            guard context.options.atEnd == .follow, outcome == .complete else { return outcome }
            guard try await follow(with: follower) else { return outcome }
            (passes, isFollowing) = (0, true)
        }
    }

    /// Waits for rows that arrive; whether there are some to walk.
    private func follow(with follower: Follower) async throws -> Bool {
        var told: Follower.Finding?
        while !context.stop.isRequested {
            let finding: Follower.Finding
            do {
                finding = try await onSession { try follower.look(on: $0) }
            } catch let intervention as Intervention {
                try await context.pause(because: intervention, on: session)
                return false
            }
            switch finding {
            case .unwanted: return false
            case .extended(let rows):
                context.report(.following(rows: rows, waiting: 0))
                return true
            case .upToDate(let waiting):
                if finding != told { context.report(.following(rows: 0, waiting: waiting)) }
                told = finding
                try await context.stop.wait(seconds: Follower.interval)
            }
        }
        return false
    }

    private func addPass(after passes: Int) async throws -> FurtherPass.Outcome {
        do {
            return try await onSession { [self] in try finisher(on: $0).addPass(after: passes) }
        } catch let intervention as Intervention {
            try await context.pause(because: intervention, on: session)
            return .unknown
        }
    }

    /// Has the work done, and settles the run once there is none left.
    private func finish(_ ready: RunStarter.Ready) async throws -> (Run, RunProgress) {
        let isWalked = ready.admission == .work
        let walked = isWalked ? try await walk(ready.progress, resumed: ready.isResumed) : .unknown
        var settled = try await settle(walked)
        while settled.finding == .reopened {
            settled = try await settle(walk(settled.progress, resumed: true))
        }
        let run = try await looking { [settled] in try await verify(settled) }
        return (run, settled.progress)
    }

    private func settle(_ walk: FurtherPass.Outcome) async throws -> RunFinisher.Settled {
        try await looking { try await onSession { [self] in try finisher(on: $0).settle(walk) } }
    }

    /// Nothing is left to pause but the look at what was done.
    private func looking<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let intervention as Intervention {
            throw BackfillError.verificationStopped(backfill: context.run.name, reason: "\(intervention)")
        }
    }

    /// Looks at what was done, while the table's statistics are renewed in another session: on a large table each takes as
    /// long as a fifth of the walk.
    private func verify(_ settled: RunFinisher.Settled) async throws -> Run {
        let run = settled.run
        guard settled.finding == .completedHere else {
            guard run.state == .completed else { return run }
            return try await onSession { [self] in try finisher(on: $0).verify(run) }
        }
        let table = context.source.table
        context.report(.analyzing(table: table.description))
        guard context.backfill.verification != nil else {
            try? await session.withConnection { RunFinisher.analyze(table, on: $0) }
            return run
        }
        async let analysis: Void = analyzeBeside(table)
        let result: Result<Run, any Error>
        do {
            result = .success(try await onSession { [self] in try finisher(on: $0).verify(run) })
        } catch {
            result = .failure(error)
        }
        await analysis
        return try result.get()
    }

    private func analyzeBeside(_ table: Identifier) async {
        let session = context.session(.coordinator)
        try? await session.withConnection { RunFinisher.analyze(table, on: $0) }
        await session.close()
    }

    private func finisher(on connection: Connection) -> RunFinisher {
        RunFinisher(context, schema: schema, origin: origin, on: connection)
    }

    /// The first error is the one that counts, whether or not it could be recorded. A run whose ranges are done stays
    /// completed, whatever became of its verification.
    private func recordFailure(_ error: any Error) async {
        guard !(error is CancellationError) else { return }
        let (schema, origin, id) = (schema, origin, context.run.id)
        try? await whoeverIsBehind { connection in
            try connection.transaction { connection in
                let store = RunStore(schema: schema, on: connection)
                guard let run = try store.lockRun(id), run.state.isUnfinished else { return }
                try store.setState(.failed, of: run.id, error: "\(error)")
                try Journal(schema: schema, origin: origin).record(
                    "backfill.failed",
                    subject: run.name,
                    on: connection
                )
            }
        }
    }

    private func progress() async throws -> RunProgress {
        let (schema, id) = (schema, context.run.id)
        return try await whoeverIsBehind { try RunStore(schema: schema, on: $0).progress(of: id) }
    }

    /// Uses the coordinator's session, again and again while its connection fails.
    private func onSession<Value: Sendable>(
        _ body: @escaping @Sendable (Connection) throws -> Value
    ) async throws -> Value {
        try await context.persistently(on: session) { try await context.waits.lending(session, body) }
    }

    /// The same for what only looks, or tells the end: nobody is disobeyed by it.
    private func whoeverIsBehind<Value: Sendable>(
        _ body: @escaping @Sendable (Connection) throws -> Value
    ) async throws -> Value {
        try await context.retrying { try await context.waits.lending(session, body) }
    }
}
