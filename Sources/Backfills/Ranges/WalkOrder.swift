/// In which order the rows of a range are visited.
package enum WalkOrder: String, Sendable, Hashable {
    /// By the key, with its index.
    case key
    /// By where they lie in the table.
    case heap
    /// Those with NULL in the key, by where they lie in the table.
    case nulls

    /// Whether rows are found by their place, which every UPDATE changes.
    package var isByPlace: Bool { self != .key }
}

/// Which rows the bounds of a range are about.
package struct RangePart: Sendable, Hashable {
    /// The object id of the plain table.
    package let table: Int64
    /// In which order its rows are visited.
    package let order: WalkOrder
    /// The pass over the tables that the range belongs to, from 1.
    package let pass: Int
}
