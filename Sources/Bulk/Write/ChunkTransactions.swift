/// Where the chunks of a write commit.
public enum ChunkTransactions: Hashable, Sendable {
    /// All chunks in one transaction, the caller's where one is open: everything is stored or nothing.
    case one
    /// Each chunk in a transaction of its own. A chunk that fails for a reason that passes (deadlock,
    /// serialization failure, lock timeout) is tried again; when the write ends early, ``WriteStopped`` says what
    /// was committed.
    case perChunk
}
