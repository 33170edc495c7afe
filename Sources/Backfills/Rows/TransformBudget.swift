/// How much of the author's code one batch is worth: the batch ends at the row at which the time is over.
///
/// Code may take any time over a row; it may ask another service. A batch is therefore bounded in time as well as in rows: as
/// long as it is under way nothing of it is stored, and when a row of it moved the whole of it is done again with its rows
/// locked.
struct TransformBudget {
    /// How long, in seconds. The first row is done whatever it takes.
    var seconds = Double.infinity
    /// Whether somebody still wants the batch; asked between rows.
    var isWanted: () -> Bool = { true }

    /// A whole batch, whatever it takes.
    static var unlimited: TransformBudget { TransformBudget() }

    /// The longest that a batch takes whose rows are not slower themselves, in seconds.
    private static let longest = 1.0

    /// What a batch is worth to a worker with a lease: well within it, because it may come to be done under locks, where
    /// nothing renews the lease.
    static func seconds(lease: Double) -> Double { min(longest, lease / 4) }
}

/// Nobody wants the rows any more that were being transformed; what was done of the batch is dropped.
struct TransformStopped: Error {}

/// How many rows fit a batch by the time that the author's code takes, so that no more are read than are worked on.
struct TransformPace: Sendable, Hashable {
    /// How much more than the last batch held the next one may hold.
    private static let growth = 4
    private static let least = 16

    let seconds: Double
    /// The most rows of the next batch.
    private(set) var rows = Int.max

    /// - Parameter seconds: what one batch may take.
    init(seconds: Double) {
        self.seconds = seconds
    }

    /// Takes note of a batch.
    mutating func record(rows count: Int, seconds elapsed: Double) {
        let fitting = Double(count) / max(elapsed, 0.000_001) * seconds
        let growing = max(Self.least, count * Self.growth)
        rows = max(1, Int(min(fitting, Double(growing))))
    }
}
