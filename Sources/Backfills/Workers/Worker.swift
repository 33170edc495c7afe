import Control
import Postgres

/// Claims ranges and works through them, until none is left or somebody says stop.
struct Worker: Sendable {
    let context: RunContext
    /// Who holds a range, for people who read the control table: host, process and number of the worker.
    let owner: String
    private let session: Session
    /// Reads ahead; a session for all ranges, because it takes four ways to the server and back to have one.
    private let reader: Session

    init(_ context: RunContext, number: Int, origin: Origin) {
        self.context = context
        owner = "\(origin.host):\(origin.processID):\(number)"
        session = context.session(.worker(number))
        reader = context.session(.reader(worker: number))
    }

    func run() async throws -> WorkerEnd {
        do {
            let end = try await claimAndWork()
            await close()
            return end
        } catch let intervention as Intervention {
            try await context.pause(because: intervention, on: session)
            await close()
            return .unwanted
        } catch {
            await close()
            throw error
        }
    }

    private func close() async {
        await session.close()
        await reader.close()
    }

    private func claimAndWork() async throws -> WorkerEnd {
        var pace = Pace(context.options.sizing)
        var patience = Patience()
        while !context.stop.isRequested {
            let (claim, standing) = try await claim(patience.isFresh ? .stopsWork : .stopsNothing)
            guard let claim else {
                if let end = try await idle(standing, &patience) { return end }
                continue
            }
            patience = Patience()
            let pass = RangePass(
                context,
                claim: claim,
                session: session,
                reader: reader,
                pace: pace
            )
            let end = try await pass.run()
            pace = pass.pace
            switch end {
            case .done, .lost: continue
            case .stopped: return .stopped
            case .unwanted: return .unwanted
            }
        }
        return .stopped
    }

    private func claim(
        _ end: RunContext.SessionEnd
    ) async throws -> (RangeHold.Claim?, RunStore.Standing) {
        try await context.onControlTables(of: session, whoseEnd: end) { store in
            let (range, standing) = try store.claimOrLook(
                run: context.run.id,
                owner: owner,
                lease: context.options.lease
            )
            return (
                range.map { RangeHold.Claim(range: $0, connection: store.connection.number) }, standing
            )
        }
    }

    /// Nothing is free: either all is done, or somebody is still at work and may yet fail.
    private func idle(_ standing: RunStore.Standing, _ patience: inout Patience) async throws -> WorkerEnd? {
        let (run, progress) = (standing.run, standing.progress)
        if progress.rangesDone == progress.ranges { return .allDone }
        guard run?.wanted == .running, run?.state.isUnfinished == true else { return .unwanted }
        if try await split() { return nil }
        if patience.isToBeTold { context.report(.waitingForOthers(rangesHeld: progress.rangesHeld)) }
        try await context.stop.wait(seconds: patience.next())
        return nil
    }

    private func split() async throws -> Bool {
        let splitter = RangeSplitter(schema: context.schema, source: context.source, run: context.run.id)
        return try await context.persistently(on: session, whoseEnd: .stopsNothing) {
            try await session.withConnection { try splitter.split(on: $0) }
        }
    }
}

/// How long a worker waits that has found nothing to do.
///
/// Mostly the last chunk of another worker is under way, which ends soon, and the run with it; a worker on another host
/// may also be at work for minutes.
private struct Patience {
    private static let shortest = 0.0125
    private static let longest = 0.2
    private var seconds = shortest

    /// Whether nothing was waited for yet.
    var isFresh: Bool { seconds == Self.shortest }

    /// At the beginning, and as long as it lasts, but not for each of the short looks.
    var isToBeTold: Bool { [Self.shortest, Self.longest].contains(seconds) }

    mutating func next() -> Double {
        defer { seconds = min(seconds * 2, Self.longest) }
        return seconds
    }
}
