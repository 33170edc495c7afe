import Postgres

/// What a chunk does between BEGIN and its checkpoint; the rest of the transaction is the same for all kinds.
protocol ChunkWork: Sendable {
    /// Which keys the next chunk takes, without locking anything; `nil` when the range has none left.
    func bound(of range: ClaimedRange, on connection: Connection) throws -> ChunkBound?

    /// Locks the rows in key order and writes.
    func write(_ bound: ChunkBound, on connection: Connection) throws -> ChunkCounts

    /// Does the same and tells each row that changed, for a dry run: the transaction is rolled back afterwards.
    func rehearse(_ bound: ChunkBound, on connection: Connection) throws -> Rehearsal
}

/// The keys of one chunk.
struct ChunkBound: Sendable, Hashable {
    /// The stretch of keys.
    let interval: KeyInterval
    /// The keys in it that exist; at most so many where they are to be counted.
    let scanned: Int
    /// Whether more follow in the range.
    let end: ChunkEnd
    /// Whether ``scanned`` is known, or to be counted by the chunk itself.
    var counting = Counting.known

    /// What is known of the number of keys.
    enum Counting: Sendable, Hashable { case known, open }

    /// What is left of a range, when that is less than a chunk; how many keys it has is counted when it is worked on.
    static func rest(_ interval: KeyInterval, atMost limit: Int) -> ChunkBound {
        ChunkBound(interval: interval, scanned: limit, end: .rangeDone, counting: .open)
    }
}
