/// Whether more rows can come after those that were put into a batch.
@usableFromInline
enum BatchFilling: Sendable {
    /// The batch is full.
    case full
    /// There are no more rows.
    case ended
}
