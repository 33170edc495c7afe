/// What happens when rows of one batch have the same key.
///
/// PostgreSQL itself would refuse them in an upsert ("cannot affect row a second time") and pick any one of
/// them in an update. Not giving a rule means: as if the rows were written one at a time, so that results do
/// not depend on where batches end: the first one wins where the row that is there stays, the last one where
/// it is updated.
public enum DuplicateRule: Hashable, Sendable {
    /// The first row in the order of the batch is written.
    case firstWins
    /// The last row in the order of the batch is written.
    case lastWins
    /// The batch is refused with ``TargetError/duplicateKey(_:key:)``, nothing of it is written.
    case error
}
