/// How far a file outside a transaction has come in this run.
struct StatementProgress {
    let start = ContinuousClock.now
    private let total: Int
    /// Statements whose record is committed.
    var finished: Int
    /// The statement under way, from 1.
    var current: Int
    /// Whether it may take effect without being recorded.
    var isUncertain = false
    /// The number of the session's transaction right before it.
    var transaction: Int64?

    init(_ step: MigrationStep) {
        total = step.section.statements.count
        finished = step.finishedStatements
        current = step.finishedStatements + 1
    }

    var left: MigrationFailure.Left { .position(finished: finished, of: total, uncertain: nil) }

    var leftUncertain: MigrationFailure.Left {
        .position(finished: finished, of: total, uncertain: isUncertain ? current : nil)
    }
}
