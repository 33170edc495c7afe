/// How long to wait before trying again: doubling, bounded, with jitter.
public struct Backoff: Sendable, Hashable {
    /// The wait before the second attempt, in seconds.
    public var initial: Double = 0.05
    /// The longest wait, in seconds.
    public var maximum: Double = 5
    /// What part of a wait is left to chance, so that those who collided do not meet again.
    public var jitter: Double = 0.5
    /// How often to try in all.
    public var attempts: Int = 10

    /// Makes a policy; what is not given keeps its default.
    public init(initial: Double = 0.05, maximum: Double = 5, jitter: Double = 0.5, attempts: Int = 10) {
        self.initial = initial
        self.maximum = maximum
        self.jitter = jitter
        self.attempts = attempts
    }

    /// The seconds to wait after the failed attempt of this number, counted from 1; `nil` when it was the last.
    public func delay(afterAttempt attempt: Int, using random: inout some RandomNumberGenerator) -> Double? {
        guard attempt < attempts else { return nil }
        var delay = initial
        for _ in 1..<max(1, attempt) where delay < maximum { delay *= 2 }
        delay = min(delay, maximum)
        return delay * (1 - jitter * Double.random(in: 0...1, using: &random))
    }

    /// The seconds to wait after the failed attempt of this number; `nil` when it was the last.
    public func delay(afterAttempt attempt: Int) -> Double? {
        var random = SystemRandomNumberGenerator()
        return delay(afterAttempt: attempt, using: &random)
    }
}
