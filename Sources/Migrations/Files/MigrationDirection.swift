/// Which way a migration is run.
public enum MigrationDirection: String, Hashable, Sendable {
    /// Apply.
    case up
    /// Revert.
    case down
}
