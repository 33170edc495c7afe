/// Which rows a write returns, and in what order.
public enum ReturnOrder: Hashable, Sendable {
    /// Those that were changed, in any order.
    case changed
    /// One for each row of the input and in its order, for inserts and upserts: to learn generated keys.
    ///
    /// `INSERT … RETURNING` promises no order. So the rows are told apart by a unique key whose columns are all NOT
    /// NULL: one that the rows bring, or one whose missing columns are drawn from their defaults beforehand (which
    /// needs USAGE on an identity column's sequence). Without such a key this is refused. An upsert
    /// returns the row that is there for those that it left alone.
    case input
}
