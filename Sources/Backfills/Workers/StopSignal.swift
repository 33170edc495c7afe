import Synchronization

/// Asks a run to stop after its current chunks: Ctrl-C, SIGTERM, the end of a deployment.
public final class StopSignal: Sendable {
    private let requested = Atomic(false)

    /// Makes a signal that nobody has given yet.
    public init() {}

    /// Gives the signal; more than once is the same as once.
    public func request() {
        requested.store(true, ordering: .releasing)
    }

    /// Whether it was given.
    public var isRequested: Bool { requested.load(ordering: .acquiring) }

    /// Waits, but not beyond the moment at which the signal is given.
    func wait(seconds: Double) async throws {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(seconds)
        while !isRequested, clock.now < deadline {
            try await Task.sleep(until: min(deadline, clock.now + .milliseconds(50)), clock: .continuous)
        }
    }
}
