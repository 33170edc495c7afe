/// How much goes into one chunk: it is written when either bound is reached.
public struct ChunkLimit: Hashable, Sendable {
    /// The most rows.
    public var rows: Int
    /// The size of the encoded values in bytes from which a chunk is full.
    public var bytes: Int

    /// Sets the bounds.
    ///
    /// - Parameters:
    ///   - rows: at least one; 20,000 by default.
    ///   - bytes: 4 MiB by default. A chunk is held in memory up to three times on its way.
    public init(rows: Int = 20_000, bytes: Int = 4 << 20) {
        precondition(rows > 0 && bytes > 0, "a chunk holds at least one row")
        (self.rows, self.bytes) = (rows, bytes)
    }

    @inlinable
    func isReached(by batch: Batch) -> Bool {
        batch.count >= rows || batch.byteCount >= bytes
    }
}
