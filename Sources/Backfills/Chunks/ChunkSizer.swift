/// How many keys the next chunk takes.
///
/// What matters is how long rows stay locked, so the size follows a decaying average of the rate toward a target time.
/// It grows by half at most and is halved at once when somebody had to wait or a timeout struck.
public struct ChunkSizer: Sendable, Hashable {
    /// How the size is decided.
    public enum Policy: Sendable, Hashable {
        /// Always the same number of keys.
        case fixed(Int)
        /// Toward a time that locks are held, in seconds.
        case adaptive(target: Double)

        /// A quarter of a second: shorter than people notice, long enough that the commit does not dominate.
        public static let standard = Policy.adaptive(target: 0.25)
    }

    /// The bounds between which the size adapts, in keys.
    public static let bounds = 10...50_000
    private static let initial = 1000
    private static let growth = 1.5
    private static let decay = 0.75

    /// The size of the next chunk.
    public private(set) var size: Int
    private let policy: Policy
    private var keys = 0.0
    private var seconds = 0.0
    /// Set by timeouts below what the policy wants; grows back chunk by chunk.
    private var ceiling = bounds.upperBound
    /// Set by bad plans; stays.
    private var lasting = bounds.upperBound
    private static let smallestCap = 100

    /// Begins with the policy's first size.
    public init(_ policy: Policy) {
        self.policy = policy
        size =
            switch policy {
            case .fixed(let size): max(1, size)
            case .adaptive: Self.initial
            }
    }

    /// Takes note of a chunk that was committed.
    public mutating func record(keys count: Int, seconds elapsed: Double) {
        switch policy {
        case .fixed(let fixed): size = min(fixed, size * 2)
        case .adaptive(let target): adapt(count, elapsed, target)
        }
    }

    private mutating func adapt(_ count: Int, _ elapsed: Double, _ target: Double) {
        keys = keys * Self.decay + Double(count)
        seconds = seconds * Self.decay + max(elapsed, 0.000_1)
        let wanted = keys / seconds * target
        let grown = min(wanted, Double(size) * Self.growth)
        ceiling = min(lasting, Int(Double(ceiling) * Self.growth) + 1)
        size = min(ceiling, max(Self.bounds.lowerBound, Int(grown)))
    }

    /// Stays below a size from here on, because the plan of larger chunks is bad; `false` when it cannot go lower.
    public mutating func cap(below size: Int) -> Bool {
        guard size > Self.smallestCap else { return false }
        lasting = size / 2
        self.size = min(self.size, lasting)
        return true
    }

    /// Takes note of a chunk that timed out or was in somebody's way.
    public mutating func halve() {
        size = max(1, size / 2)
        ceiling = size
        (keys, seconds) = (0, 0)
    }
}
