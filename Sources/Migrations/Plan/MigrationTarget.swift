/// How far to go.
public enum MigrationTarget: Hashable, Sendable {
    /// Up: everything. Down: the last applied migration.
    case latest
    /// Up: to this version and not beyond. Down: until this version is the last that is applied; 0 reverts
    /// all.
    case version(MigrationVersion)
    /// So many migrations.
    case steps(Int)
}

/// What to plan for.
public enum MigrationCommand: Hashable, Sendable {
    /// Apply what is pending.
    case up(MigrationTarget)
    /// Revert what was applied, the last first.
    case down(MigrationTarget)
    /// Revert the last applied migrations and apply them again from their files. How many.
    case redo(steps: Int)
}
