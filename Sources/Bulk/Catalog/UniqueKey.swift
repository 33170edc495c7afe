/// Columns whose values no two rows share, by a primary key, a unique constraint or a plain unique index.
public struct UniqueKey: Hashable, Sendable {
    /// The name of the index.
    public let index: String
    /// The name of the constraint, where it is one.
    public let constraint: String?
    /// Whether it is the primary key.
    public let isPrimary: Bool
    /// Whether two NULLs count as the same value (`NULLS NOT DISTINCT`).
    let nullsAreEqual: Bool
    /// The columns in the order of the index.
    public let columns: [String]
}
