import Control
public import Postgres

/// Runs backfills and answers questions about them.
///
/// The database is the only coordinator: every process that runs the same backfill takes free ranges of the same run,
/// and whoever finds all of them done finishes it. A coordinator here keeps no state that would be missed.
public struct Coordinator: Sendable {
    private let connection: ConnectionOptions
    let schema: ControlSchema
    let origin = Origin.current
    let control: Session

    /// Makes a coordinator for one database.
    ///
    /// - Parameter schema: where the control tables are.
    public init(_ connection: ConnectionOptions, schema: String = "caisson") {
        self.connection = connection
        self.schema = ControlSchema(name: schema)
        control = Session(connection)
    }

    /// Ends the coordinator's own connection.
    public func close() async {
        await control.close()
    }

    // MARK: Running

    /// Begins the backfill or goes on where it stopped, and works until it is finished, paused or cancelled.
    ///
    /// - Parameters:
    ///   - stop: given, the workers finish their chunks, let go of their ranges and return.
    ///   - report: called from several tasks, in the order of each worker.
    /// - Throws: ``BackfillError``, `ControlError`, `PostgresError`, or what the backfill's own code threw.
    public func run(
        _ backfill: Backfill,
        options: RunOptions = RunOptions(),
        stop: StopSignal = StopSignal(),
        report: @escaping @Sendable (BackfillEvent) -> Void = { _ in }
    ) async throws -> RunResult {
        let start = ContinuousClock.now
        let ready = try await control.withConnection { [self] in
            try RunStarter(backfill, options: options, schema: schema, origin: origin, on: $0).start()
        }
        if ready.admission == .work { try await reportFindings(of: backfill, ready.source, report) }
        let context = RunContext(
            run: ready.run,
            backfill: backfill,
            source: ready.source,
            schema: schema,
            connection: connection,
            options: options,
            stop: stop,
            report: report
        )
        let walk =
            ready.admission == .work ? try await walk(context, resumed: ready.isResumed) : .unknown
        let run = try await finish(context, walk)
        let progress = try await progress(of: run.id)
        return RunResult(
            work: ready.admission == .work ? .some : .none,
            run: run,
            progress: progress,
            seconds: (ContinuousClock.now - start).seconds
        )
    }

    private func reportFindings(
        of backfill: Backfill,
        _ source: SourceTable,
        _ report: (BackfillEvent) -> Void
    ) async throws {
        let findings = try await control.withConnection { try Preflight(backfill, on: $0).findings(source) }
        for finding in findings { report(.finding(finding)) }
    }

    private func announce(_ context: RunContext, resumed: Bool) async throws {
        let progress = try await progress(of: context.run.id)
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

    private func work(_ context: RunContext) async throws {
        do {
            try await withThrowingTaskGroup(of: WorkerEnd.self) { group in
                for number in 1...max(1, context.options.workers) {
                    let worker = Worker(context, number: number, origin: origin)
                    group.addTask { try await worker.run() }
                }
                try await drain(&group, context.stop)
            }
        } catch {
            try await recordFailure(error, of: context)
            throw error
        }
    }

    /// Waits for all workers. When one fails, the others finish their chunks and let go; its error is the one that counts.
    private func drain(
        _ group: inout ThrowingTaskGroup<WorkerEnd, any Error>,
        _ stop: StopSignal
    ) async throws {
        var failure: (any Error)?
        while let result = await group.nextResult() {
            if case .failure(let error) = result {
                failure = failure ?? error
                stop.request()
            }
        }
        if let failure { throw failure }
    }

    /// Works through the ranges, and through those that are added because rows slipped through.
    private func walk(_ context: RunContext, resumed: Bool) async throws -> FurtherPass.Outcome {
        let follower = Follower(run: context.run.id, backfill: context.backfill, schema: schema)
        var (passes, isFollowing) = (0, false)
        while true {
            if !isFollowing { try await announce(context, resumed: resumed || passes > 0) }
            try await work(context)
            passes += 1
            let outcome = try await addPass(context, after: passes)
            if case .added = outcome { continue }
            guard context.options.atEnd == .follow, outcome == .complete else { return outcome }
            guard try await follow(context, follower) else { return outcome }
            (passes, isFollowing) = (0, true)
        }
    }

    /// Waits for rows that arrive; whether there are some to walk.
    private func follow(_ context: RunContext, _ follower: Follower) async throws -> Bool {
        var told: Follower.Finding?
        while !context.stop.isRequested {
            let finding = try await context.persistently(on: control) {
                try await control.withConnection { try follower.look(on: $0) }
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

    private func addPass(_ context: RunContext, after passes: Int) async throws -> FurtherPass.Outcome {
        do {
            return try await context.persistently(on: control) {
                try await control.withConnection { [self] in
                    try RunFinisher(context, schema: schema, origin: origin, on: $0).addPass(after: passes)
                }
            }
        } catch let intervention as Intervention {
            try await context.pause(because: intervention, on: control)
            return .unknown
        } catch {
            try await recordFailure(error, of: context)
            throw error
        }
    }

    private func finish(_ context: RunContext, _ walk: FurtherPass.Outcome) async throws -> Run {
        do {
            return try await context.persistently(on: control) {
                try await control.withConnection { [self] in
                    try RunFinisher(context, schema: schema, origin: origin, on: $0).finish(walk)
                }
            }
        } catch let intervention as Intervention {
            // Nothing is left to pause but the look at what was done.
            throw BackfillError.verificationStopped(backfill: context.run.name, reason: "\(intervention)")
        }
    }

    private func recordFailure(_ error: any Error, of context: RunContext) async throws {
        guard !(error is CancellationError) else { return }
        let (schema, origin) = (schema, origin)
        try? await control.withConnection { connection in
            try connection.transaction { connection in
                let store = RunStore(schema: schema, on: connection)
                guard let run = try store.lockRun(context.run.id), run.state.isUnfinished else { return }
                try store.setState(.failed, of: run.id, error: "\(error)")
                try Journal(schema: schema, origin: origin).record(
                    "backfill.failed",
                    subject: run.name,
                    on: connection
                )
            }
        }
    }

    private func progress(of run: Int64) async throws -> RunProgress {
        let schema = schema
        return try await control.withConnection { try RunStore(schema: schema, on: $0).progress(of: run) }
    }
}
