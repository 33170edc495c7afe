/// How much memory the bytes of a chunk are given from the start.
///
/// Memory that grows by doubling is there twice while it is copied. What is reserved and never used costs nothing.
enum ChunkMemory {
    /// The most that is reserved; larger chunks grow from there.
    private static let limit = 32 << 20

    /// The bytes for a chunk of a size: a chunk ends behind the block that fills it, and COPY needs escapes.
    static func reserve(for chunkSize: Int) -> Int {
        // The limit first: the size is what somebody has typed, and may be the largest number there is.
        let size = min(chunkSize, limit)
        return min(size + size / 4 + 2 * ImportInput.blockSize, limit)
    }
}
