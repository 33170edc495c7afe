/// How a command ended. The numbers are the exit codes of the process and a contract with scripts.
enum Outcome: Int32, Sendable, CaseIterable {
    /// Done, or there was nothing to do.
    case done = 0
    /// Failed in a way that has no code of its own.
    case failed = 1
    /// The arguments make no sense.
    case usage = 2
    /// Something is pending, for those who asked with `--exit-code`.
    case pending = 10
    /// A migration waits for a backfill.
    case waitingForBackfill = 11
    /// A file was edited, is missing, or contradicts another or the ledger.
    case conflictingFile = 13
    /// Another run holds the lock.
    case lockHeld = 14
    /// Gave up after waiting for a lock.
    case lockTimeout = 15
    /// A file outside a transaction stopped half way.
    case stoppedHalfWay = 16
    /// A backfill is paused and can be gone on with.
    case backfillPaused = 20
    /// A backfill left rows out.
    case rowsSkipped = 21
    /// The verify query did not return 0.
    case verificationFailed = 22
    /// Cancelled by Ctrl-C: 128 and the signal's number, as a shell has it.
    case interrupted = 130
    /// Cancelled by SIGTERM.
    case terminated = 143
}
