/// How many rows fit a batch by the memory that they take: rows are as wide as they are, and two of a worker's batches wait for the
/// third to be written.
struct BatchRoom: Sendable, Hashable {
    /// The most that the rows of a batch are to take as they come from the server; of short rows these are 4000. Batches of 16,000
    /// rows took two workers to 55 MiB, and several of these are written together where that saves time.
    static let bytes = 512 << 10
    /// The rows of a first batch, of which nothing is known.
    private static let unknown = 1000
    /// How much more than the last batch held the next one may hold.
    private static let growth = 4

    /// The most rows of the next batch.
    private(set) var rows = unknown

    /// What rows took that were read.
    struct Taken: Sendable, Hashable {
        let rows: Int
        let bytes: Int
    }

    /// Takes note of a batch that was read.
    mutating func record(_ taken: Taken) {
        guard taken.rows > 0 else { return }
        let fitting = Self.bytes / max(1, taken.bytes / taken.rows)
        rows = max(1, min(fitting, max(rows, Self.unknown) * Self.growth))
    }
}
