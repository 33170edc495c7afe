/// How the rows of a set point to each other: an adjacency list.
public struct Hierarchy: Hashable, Sendable {
    /// The columns that a row is pointed to by.
    public let key: [String]
    /// The columns in which a row names its parent, in the order of ``key``; a NULL among them means none.
    public let parent: [String]

    /// Pairs the columns.
    public init(key: [String], parent: [String]) {
        (self.key, self.parent) = (key, parent)
    }
}
