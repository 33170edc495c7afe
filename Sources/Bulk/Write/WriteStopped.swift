/// A write in chunks that ended early, after some of them were committed.
public struct WriteStopped: Error, Sendable {
    /// What is stored: everything up to the chunk that failed.
    public let committed: WriteResult
    /// Why it ended.
    public let cause: any Error
}

extension WriteStopped: CustomStringConvertible {
    /// The message for people.
    public var description: String {
        "The write stopped after \(committed.outcome.proposed) rows in \(committed.chunks) chunks, which are "
            + "committed: \(cause) Go on with the row after them, or write all again by an upsert."
    }
}
