/// What became of the rows of one batch, or of several added together.
public struct WriteOutcome: Hashable, Sendable {
    /// The rows of the batch.
    public var proposed = 0
    /// The rows left out because another row of the batch has the same key.
    public var duplicates = 0
    /// The rows that are new in the table.
    public var inserted = 0
    /// The rows that were there and have other values now.
    public var updated = 0
    /// The rows that were there and are gone.
    public var deleted = 0
    /// The rows of the table that a synchronization deleted because they are not in the set.
    public var removed = 0
    /// The rows whose key an update or delete did not find.
    public var missing = 0
    /// The rows that would be different now if ``Sink/updateCondition`` had not left them alone. An upsert judges by
    /// what was there when its statement began: a row that somebody else changes at that very moment may count as
    /// ``unchanged`` instead, or the reverse.
    public var heldBack = 0
    /// The rows that should have been inserted and were not, because a trigger (or whatever stands behind a foreign table)
    /// did not let them in. Counted by inserts and upserts that the server counts itself.
    public var dropped = 0

    /// Nothing written.
    public init() {}

    /// The rows of the table that are different now.
    public var changed: Int { inserted + updated + deleted + removed }

    /// The rows that were there and stay as they are: already right, or kept by ``ConflictAction/doNothing``.
    public var unchanged: Int {
        proposed - duplicates - missing - heldBack - dropped - inserted - updated - deleted
    }

    /// Adds the counts of another batch.
    public static func += (left: inout WriteOutcome, right: WriteOutcome) {
        left.proposed += right.proposed
        left.duplicates += right.duplicates
        left.inserted += right.inserted
        left.updated += right.updated
        left.deleted += right.deleted
        left.removed += right.removed
        left.missing += right.missing
        left.heldBack += right.heldBack
        left.dropped += right.dropped
    }
}
