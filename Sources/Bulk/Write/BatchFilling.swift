/// Whether more rows can come after those that were put into a batch.
enum BatchFilling {
    /// The batch is full.
    case full
    /// There are no more rows.
    case ended
}
