/// Who takes the row locks of an update or delete, and with that their order.
public enum RowLocks: Hashable, Sendable {
    /// The writer, in the order of the key, in a statement before the one that writes. An UPDATE by itself
    /// locks rows in the order in which its plan meets them, sorted input or not, and two of them can
    /// deadlock.
    case inKeyOrder
    /// The caller has locked the rows in this transaction already.
    case heldByCaller
}
