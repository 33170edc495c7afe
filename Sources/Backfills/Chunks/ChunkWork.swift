import Postgres

/// What a chunk does between BEGIN and its checkpoint; the rest of the transaction is the same for all kinds.
protocol ChunkWork: Sendable {
    /// Which keys the next chunk takes, without locking anything; `nil` when the range has none left.
    func bound(of range: ClaimedRange, on connection: Connection) throws -> ChunkBound?

    /// Locks the rows in key order and writes.
    func write(_ bound: ChunkBound, on connection: Connection) throws -> ChunkCounts

    /// The settings of the chunk's transaction beside those that all have.
    var settings: [TransactionOptions.Setting] { get }

    /// Finds the next chunk and writes it; `nil` when the range has no key left.
    ///
    /// - Parameter locking: called when rows begin to be locked.
    func run(
        _ range: ClaimedRange,
        locking: () -> Void,
        on connection: Connection
    ) throws
        -> (bound: ChunkBound, counts: ChunkCounts)?

    /// Does the same and tells each row that changed, for a dry run: the transaction is rolled back afterwards.
    func rehearse(_ bound: ChunkBound, on connection: Connection) throws -> Rehearsal
}

extension ChunkWork {
    var settings: [TransactionOptions.Setting] { [] }

    func run(
        _ range: ClaimedRange,
        locking: () -> Void,
        on connection: Connection
    ) throws -> (bound: ChunkBound, counts: ChunkCounts)? {
        guard let bound = try bound(of: range, on: connection) else { return nil }
        locking()
        return (bound, try write(bound, on: connection))
    }
}

/// The keys of one chunk.
struct ChunkBound: Sendable, Hashable {
    /// The stretch of keys.
    let interval: KeyInterval
    /// The keys in it that exist.
    let scanned: Int
    /// Whether more follow in the range.
    let end: ChunkEnd
}
