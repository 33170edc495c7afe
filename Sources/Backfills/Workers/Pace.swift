/// What a worker has learned about the size of chunks; it outlives the ranges.
///
/// Confined to the task of its worker, as the passes over the ranges are.
final class Pace {
    /// How many keys a chunk takes.
    var sizer: ChunkSizer
    /// The largest size whose plan was looked at.
    var inspectedSize = 0

    init(_ policy: ChunkSizer.Policy) {
        sizer = ChunkSizer(policy)
    }
}
