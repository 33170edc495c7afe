public import Postgres

/// Why what waits for a backfill may not go on.
public enum GateObstacle: Sendable, Hashable {
    /// It was never run here, and what it does is not known here either.
    case unknown
    /// It was never run here, and nothing in its definition could tell whether it need be.
    case neverRun
    /// It was never run here, and its verify query counts what is to be done.
    case needed(Int64)
    /// Its run has not come to its end; about so many rows remain.
    case unfinished(RunState, wanted: WantedState, worker: Worker, rows: Int)
    /// Its run was given up.
    case cancelled
    /// All ranges are done, and there is no verify query that could say whether the data is right.
    case nothingToAsk(Definition)
    /// All ranges are done, and the verify query, asked now, does not return 0.
    case remains(Int64)
    /// The verify query did not answer within its time.
    case timedOut(Timeout)
    /// The verify query does not work here.
    case unreadable(reason: String)

    /// Whether anybody works on a run.
    public enum Worker: Sendable, Hashable {
        /// Some process does.
        case present
        /// None does, though the run may say that it is running.
        case absent
    }

    /// Whether the definition of a backfill is at hand.
    public enum Definition: Sendable, Hashable {
        /// It is.
        case known
        /// Neither the folder nor the program has it.
        case unknown
    }

    /// What the control tables say against it before the data is asked; `nil` where that is to decide.
    init?(_ status: RunStatus) {
        let run = status.run
        switch run.state {
        case .pending, .running, .paused, .failed:
            let isAtWork = status.progress.rangesHeld > 0 || status.sessions > 0
            self = .unfinished(
                run.state,
                wanted: run.wanted,
                worker: isAtWork ? .present : .absent,
                rows: max(0, run.estimatedRows - status.progress.scanned)
            )
        case .cancelled: self = .cancelled
        case .completed, .verified: return nil
        }
    }
}

extension GateObstacle: CustomStringConvertible {
    /// The reason as half a sentence behind the name of the backfill.
    public var description: String {
        switch self {
        case .unknown: "it was never run here, and there is no definition of it here"
        case .neverRun: "it was never run here"
        case .needed(let rows): "it was never run here, and its verify query returned \(rows)"
        case .unfinished(let state, _, .present, let rows):
            "it is \(state.rawValue), about \(Self.rows(rows)) remain"
        case .unfinished(.running, _, .absent, let rows):
            "it is running, but no process works on it; about \(Self.rows(rows)) remain"
        case .unfinished(let state, _, .absent, let rows):
            "it is \(state.rawValue), about \(Self.rows(rows)) remain"
        case .cancelled: "its run was cancelled"
        case .nothingToAsk(.known): "it is completed, but has no verify query"
        case .nothingToAsk(.unknown):
            "it is completed, but neither its definition nor its verify query is known here"
        case .remains(let rows):
            "it is completed, but its verify query returned \(rows) when it was asked just now"
        case .timedOut(let limit): "its verify query took longer than \(limit)"
        case .unreadable(let reason): "its verify query does not work here: \(reason)"
        }
    }

    private static func rows(_ count: Int) -> String { "\(count) \(count == 1 ? "row" : "rows")" }
}
