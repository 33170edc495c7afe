import Control
import Postgres
import Synchronization

/// A person ended what a worker was doing. The run is paused then: trying again would be working against somebody who
/// wants it to stop.
enum Intervention: Error, Sendable, Hashable {
    /// By `pg_cancel_backend`.
    case cancelledStatement(String)
    /// By `pg_terminate_backend`.
    case endedSession(String)
}

extension Intervention: CustomStringConvertible {
    /// What was done, with the server's words.
    var description: String {
        switch self {
        case .cancelledStatement(let words):
            "A statement was cancelled from outside (pg_cancel_backend): \(words)"
        case .endedSession(let words): "A session was ended from outside (pg_terminate_backend): \(words)"
        }
    }
}

extension RunContext {
    /// Whether an error comes from a person; `nil` when it does not, or nobody can tell.
    ///
    /// A server that is shut down ends its sessions with the very code that `pg_terminate_backend` does, 57P01. The two
    /// are told apart by asking the server at once:
    ///
    /// - It does not answer, or refuses (57P03): it is going away. Nothing was meant for this run.
    /// - It answers, but has not been up as long as the attempt took: it was restarted in between.
    /// - It answers and was up before the attempt began. A postmaster that shuts down lets nobody in before it tells its
    ///   sessions to end, so this one did not: somebody ended the session.
    ///
    /// Two durations are compared, one by each side's clock, so that the clocks need not agree. A crash has codes of its
    /// own (57P02), or ends connections without a word; the postmaster often survives it, so they are never asked about.
    ///
    /// - Parameter start: a moment at which the session, or the attempt to open it, was alive.
    func intervention(
        behind error: any Error,
        since start: ContinuousClock.Instant,
        on session: Session
    ) async -> Intervention? {
        switch FailurePolicy.origin(of: error) {
        case .cancel: return .cancelledStatement("\(error)")
        case .shutdown:
            let uptime = try? await session.withConnection {
                try $0.queryOne(CatalogStatements.uptime, as: Double.self)
            }
            guard let uptime, uptime > (ContinuousClock.now - start).seconds else { return nil }
            return .endedSession("\(error)")
        case .other: return nil
        }
    }

    /// Has the run paused, and takes note of why: it is told when the run has stopped, because what was ended may have
    /// been the last that was missing.
    func pause(because intervention: Intervention, on session: Session) async throws {
        interventions.note(intervention)
        let (id, name, schema, origin) = (run.id, run.name, schema, Origin.current)
        // Whoever ends this session too does not keep the wish from being recorded.
        try await retrying {
            try await waits.lending(session) { connection in
                try connection.transaction { connection in
                    let store = RunStore(schema: schema, on: connection)
                    guard let run = try store.lockRun(id), run.state.isUnfinished, run.wanted == .running
                    else { return }
                    try store.pause(id, because: "\(intervention)")
                    try Journal(schema: schema, origin: origin).record(
                        "backfill.paused",
                        subject: name,
                        on: connection
                    )
                }
            }
        }
    }
}

/// What a person did to the sessions of a process, from several workers.
final class Interventions: Sendable {
    private let noted = Mutex<Intervention?>(nil)

    /// The first one.
    var first: Intervention? { noted.withLock { $0 } }

    func note(_ intervention: Intervention) {
        noted.withLock { $0 = $0 ?? intervention }
    }
}
