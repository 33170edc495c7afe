import Postgres

/// Why a step failed and what it left, before the run around it is known.
struct StepFailure: Error {
    let reason: MigrationFailure.Reason
    let left: MigrationFailure.Left

    init(_ reason: MigrationFailure.Reason, left: MigrationFailure.Left = .nothing) {
        self.reason = reason
        self.left = left
    }

    init(_ failed: FailedStatement, left: MigrationFailure.Left = .nothing) {
        self.init(failed.error.isConnectionLost ? .connectionLost(failed) : .statement(failed), left: left)
    }

    func leaving(_ left: MigrationFailure.Left) -> StepFailure {
        StepFailure(reason, left: left)
    }
}

extension PostgresError {
    /// A lock was not to be had in time, or a deadlock chose us: the same again may well work.
    var isLockConflict: Bool { sqlState == .lockNotAvailable || sqlState == .deadlockDetected }
}
