/// Where a run stands.
///
/// ```
/// pending ──> running ──> completed ──> verified
///               │  ▲  ╲
///               ▼  │   ╲─> failed ──> running
///             paused ──> cancelled
/// ```
public enum RunState: String, Sendable, Hashable, CaseIterable {
    /// Recorded, its ranges not cut yet.
    case pending
    /// At work, or its workers died without a word.
    case running
    /// Stopped by a person; goes on when told.
    case paused
    /// Stopped by an error; goes on when the cause is mended.
    case failed
    /// Every range is done.
    case completed
    /// Every range is done and the verify query returned 0.
    case verified
    /// Given up by a person.
    case cancelled

    /// Whether all ranges are done.
    var isDone: Bool { self == .completed || self == .verified }

    /// Whether there is work left that may go on.
    public var isUnfinished: Bool {
        switch self {
        case .pending, .running, .paused, .failed: true
        case .completed, .verified, .cancelled: false
        }
    }
}

/// What a person wants of a run; workers read it in every chunk's transaction.
public enum WantedState: String, Sendable, Hashable {
    /// Go on.
    case running
    /// Finish the chunk and stop.
    case paused
    /// Finish the chunk and give the run up.
    case cancelled
}
