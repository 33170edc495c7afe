/// One row of the target as it was and as it is, for people who want to see what a batch does.
public struct RowChange: Hashable, Sendable {
    /// The whole row before as JSON, as `to_jsonb` writes it; `nil` for a row that is new.
    public let before: String?
    /// The whole row after as JSON; `nil` for a row that was deleted.
    public let after: String?

    /// Pairs the two.
    package init(before: String?, after: String?) {
        (self.before, self.after) = (before, after)
    }
}
