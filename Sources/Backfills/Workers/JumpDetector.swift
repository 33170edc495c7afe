/// Notices when chunks suddenly take much longer for each key than they did: often the plan changed, so it is worth
/// looking at again.
struct JumpDetector: Sendable, Hashable {
    /// How many times slower a chunk must be than the average.
    private static let factor = 4.0
    /// The seconds below which nothing is worth the look.
    private static let least = 0.1
    /// The chunks that make an average.
    private static let enough = 5
    private static let decay = 0.8

    private var average = 0.0
    private var chunks = 0

    /// Takes note of a chunk; whether it is a jump. A jump begins a new average, so that it is told once.
    mutating func record(keys: Int, seconds: Double) -> Bool {
        guard keys > 0 else { return false }
        let each = seconds / Double(keys)
        if chunks >= Self.enough, seconds >= Self.least, each > Self.factor * average {
            (average, chunks) = (each, 1)
            return true
        }
        average = chunks == 0 ? each : average * Self.decay + each * (1 - Self.decay)
        chunks += 1
        return false
    }
}
