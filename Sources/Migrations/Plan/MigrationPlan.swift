/// What a command will do, as a value: `status` and `--dry-run` show it, the migrator runs it.
public struct MigrationPlan: Hashable, Sendable {
    /// What was asked for.
    public let command: MigrationCommand

    /// What will be run, in order. Empty when there is nothing to do.
    public let steps: [MigrationStep]

    /// How every known migration stands before the plan runs.
    public let statuses: [MigrationStatus]

    /// Plans a command.
    ///
    /// - Parameters:
    ///   - command: what is asked for.
    ///   - available: the migrations of the folder.
    ///   - applied: the rows of the ledger.
    ///   - late: what to do with files that come before applied ones.
    ///   - reach: what to do on the way down in front of one that cannot be reverted.
    /// - Throws: `MigrationPlanError`, before anything is run.
    public init(
        _ command: MigrationCommand,
        available: [Migration],
        applied: [AppliedMigration],
        late: LatePolicy = .refuse,
        reach: ReachPolicy = .whole
    ) throws(MigrationPlanError) {
        let applied = applied.map { $0.ordered(like: available) }
        let comparison = MigrationComparison(available: available, applied: applied, late: late)
        self.command = command
        statuses = comparison.statuses
        let planner = MigrationPlanner(statuses: statuses, applied: applied, reach: reach)
        let chosen =
            switch command {
            case .up(let target): try planner.up(target)
            case .down(let target): try planner.down(target)
            case .redo(let count): try planner.redo(count)
            }
        steps = planner.takingAlong(chosen)
        let problems = steps.flatMap { StatementProblem.find(in: $0.section) }
        guard problems.isEmpty else { throw .statements(problems) }
    }

    /// What a newer program has applied, of which there is no file here.
    public var newer: [AppliedMigration] {
        statuses.compactMap { if case .newer(let row) = $0.state { row } else { nil } }
    }

    /// How every known migration stands.
    public static func statuses(
        available: [Migration],
        applied: [AppliedMigration],
        late: LatePolicy = .refuse
    ) -> [MigrationStatus] {
        let applied = applied.map { $0.ordered(like: available) }
        return MigrationComparison(available: available, applied: applied, late: late).statuses
    }
}
