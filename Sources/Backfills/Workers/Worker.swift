import Control
import Postgres

/// Claims ranges and works through them, until none is left or somebody says stop.
struct Worker: Sendable {
    let context: RunContext
    /// Who holds a range, for people who read the control table: host, process and number of the worker.
    let owner: String
    private let session: Session

    init(_ context: RunContext, number: Int, origin: Origin) {
        self.context = context
        owner = "\(origin.host):\(origin.processID):\(number)"
        session = context.session("worker \(number)")
    }

    func run() async throws -> WorkerEnd {
        do {
            let end = try await claimAndWork()
            await session.close()
            return end
        } catch let intervention as Intervention {
            try await context.pause(because: intervention, on: session)
            await session.close()
            return .unwanted
        } catch {
            await session.close()
            throw error
        }
    }

    private func claimAndWork() async throws -> WorkerEnd {
        let pace = Pace(context.options.sizing)
        while !context.stop.isRequested {
            guard let range = try await claim() else {
                if let end = try await idle() { return end }
                continue
            }
            let pass = RangePass(context, range: range, owner: owner, session: session, pace: pace)
            switch try await pass.run() {
            case .done, .lost: continue
            case .stopped: return .stopped
            case .unwanted: return .unwanted
            }
        }
        return .stopped
    }

    private func claim() async throws -> ClaimedRange? {
        try await context.onControlTables(of: session) { store in
            try store.claim(run: context.run.id, owner: owner, lease: context.options.lease)
        }
    }

    /// Nothing is free: either all is done, or somebody is still at work and may yet fail.
    private func idle() async throws -> WorkerEnd? {
        let (run, progress) = try await context.onControlTables(of: session) { store in
            (try store.run(context.run.id), try store.progress(of: context.run.id))
        }
        if progress.rangesDone == progress.ranges { return .allDone }
        guard run?.wanted == .running, run?.state.isUnfinished == true else { return .unwanted }
        if try await split() { return nil }
        context.report(.waitingForOthers(rangesHeld: progress.rangesHeld))
        try await context.stop.wait(seconds: 0.2)
        return nil
    }

    private func split() async throws -> Bool {
        let splitter = RangeSplitter(schema: context.schema, source: context.source, run: context.run.id)
        return try await context.persistently(on: session) {
            try await session.withConnection { try splitter.split(on: $0) }
        }
    }
}
