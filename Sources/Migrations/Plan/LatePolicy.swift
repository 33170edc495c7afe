/// What is done with a migration that comes before one that was applied.
public enum LatePolicy: String, Hashable, Sendable, CaseIterable {
    /// Stop and name it: two branches were merged, and nobody has tried this order yet.
    case refuse
    /// Apply it all the same.
    case run
    /// Leave it alone and go on with what comes later.
    case ignore
}
