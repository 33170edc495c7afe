import ArgumentParser
import Backfills
import Bulk
import Imports
import Migrations
import Postgres
import UnixSignals

extension Outcome {
    /// The one place that says which error ends with which code.
    init(of error: any Error) {
        switch error {
        case is ValidationError: self = .usage
        case let error as Interrupted: self = error.signal == .sigterm ? .terminated : .interrupted
        case is CancellationError: self = .interrupted
        case let error as BackfillError: self = Self.outcome(of: error)
        case let error as ImportRunError: self = Self.outcome(of: error)
        case let error as MigrationFailure: self = Outcome(of: error)
        case let error as MigrationPlanError: self = Outcome(of: error)
        case let error as MigrationDirectoryError: self = Outcome(of: error)
        case let error as AdoptionError: self = Outcome(of: error)
        case let error as BaselineError: self = Outcome(of: error)
        case let error as LoadError: self = Outcome(of: error)
        case let error as SquashError: self = Outcome(of: error)
        case is MigrationLockError: self = .lockHeld
        case TableGuessError.pipe: self = .usage
        case let error as GuessedTypeError: self = Outcome(of: error.cause)
        case let error as PostgresError where error.sqlState == .lockNotAvailable: self = .lockTimeout
        default: self = .failed
        }
    }

    private static func outcome(of error: ImportRunError) -> Outcome {
        switch error {
        case .fileChanged, .fileEdited, .fileGrown, .importedAs, .targetChanged, .optionsChanged,
            .importElsewhere:
            .conflictingFile
        case .ownedByAnother: .lockHeld
        case .cannotSkip, .cannotShare: .usage
        case .noControlTables, .recordGone: .failed
        case .blocked: .lockTimeout
        case .stopped(let cause, _, _), .lost(let cause, _): Outcome(of: cause)
        }
    }

    private static func outcome(of error: BackfillError) -> Outcome {
        switch error {
        case .definitionChanged, .duplicateName, .tableReplaced, .tableTruncated, .runElsewhere:
            .conflictingFile
        case .verificationUnreadable: .verificationFailed
        case .keptFailing(_, _, let cause, _): Outcome(of: cause)
        default: .failed
        }
    }
}
