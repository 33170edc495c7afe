/// A migration that this run has applied or reverted.
public struct CompletedMigration: Hashable, Sendable {
    /// What was run.
    public let step: MigrationStep

    /// How long it took, all attempts together.
    public let duration: Duration
}

/// What a run has done.
public struct MigrationOutcome: Hashable, Sendable {
    /// How a run that did not fail has ended.
    public enum End: Hashable, Sendable {
        /// Everything planned is done; perhaps there was nothing to do.
        case done
        /// The next migration waits for a backfill to be verified.
        case waitingForBackfill(step: MigrationStep, backfill: String, reason: String)
        /// It was asked to stop.
        case stopped(next: MigrationStep)
    }

    /// What was done, in order.
    public let completed: [CompletedMigration]

    /// How it ended.
    public let end: End

    /// What a newer program has applied, where there was nothing to do for this one.
    public var newer: [AppliedMigration] = []

    /// Makes one, for instance of several runs that were one to the user.
    public init(completed: [CompletedMigration], end: End) {
        (self.completed, self.end) = (completed, end)
    }
}

extension CompletedMigration: CustomStringConvertible {
    /// What was run, and for how long.
    public var description: String { "\(step) finished in \(duration)" }
}

extension MigrationOutcome: CustomStringConvertible {
    /// One line for a log, without the text of any file.
    public var description: String {
        let number = "\(completed.count) migration\(completed.count == 1 ? "" : "s") run"
        return switch end {
        case .done: number
        case .waitingForBackfill(let step, let backfill, _):
            "\(number), \(step) waits for the backfill \(backfill)"
        case .stopped(let next): "\(number), stopped before \(next)"
        }
    }
}
