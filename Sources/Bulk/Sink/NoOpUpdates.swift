/// Whether an update writes rows that would not change.
public enum NoOpUpdates: Hashable, Sendable {
    /// Rows that already hold the values are left alone: no new version, no WAL, no trigger.
    case suppress
    /// They are written all the same, for instance because a trigger is wanted.
    case write
}
