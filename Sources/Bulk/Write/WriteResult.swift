/// What became of all rows of a write.
public struct WriteResult: Hashable, Sendable {
    /// The counts of all chunks together.
    public internal(set) var outcome = WriteOutcome()
    /// How the rows got to the server; `nil` when there were none.
    public internal(set) var method: WriteMethod?
    /// The number of chunks that were written.
    public internal(set) var chunks = 0

    init() {}
}
