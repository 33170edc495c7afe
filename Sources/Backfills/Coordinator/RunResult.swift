/// How a call of ``Coordinator/run(_:stop:report:)`` ended.
public struct RunResult: Sendable {
    /// What a call found to do.
    public enum Work: Sendable, Hashable {
        /// There were ranges to work on.
        case some
        /// The run was finished, or paused by a person, before.
        case none
    }

    /// What this call found to do.
    public let work: Work
    /// The run as it stands now.
    public let run: Run
    /// The sums over all its ranges, from all processes and all earlier attempts.
    public let progress: RunProgress
    /// The seconds that this call took.
    public let seconds: Double
}
