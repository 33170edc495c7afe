/// How a call of ``Coordinator/run(_:stop:report:)`` ended.
public struct RunResult: Sendable {
    /// The run as it stands now.
    public let run: Run
    /// The sums over all its ranges, from all processes and all earlier attempts.
    public let progress: RunProgress
    /// The seconds that this call took.
    public let seconds: Double
}
