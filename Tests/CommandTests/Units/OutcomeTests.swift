import ArgumentParser
import Backfills
@testable import Migrations
import Postgres
import Testing
import UnixSignals

@testable import CaissonCLI

@Suite struct OutcomeTests {
    @Test func `the exit codes are a contract`() {
        let codes: [Outcome: Int32] = [
            .done: 0, .failed: 1, .usage: 2, .pending: 10, .waitingForBackfill: 11, .conflictingFile: 13,
            .lockHeld: 14, .lockTimeout: 15, .stoppedHalfWay: 16, .backfillPaused: 20, .rowsSkipped: 21,
            .verificationFailed: 22, .interrupted: 130, .terminated: 143,
        ]
        #expect(codes.count == Outcome.allCases.count)
        for (outcome, code) in codes { #expect(outcome.rawValue == code) }
    }

    @Test(arguments: [
        (ValidationError("x") as any Error, Outcome.usage), (CancellationError(), .interrupted),
        (Interrupted(signal: .sigint, cause: CancellationError()), .interrupted),
        (Interrupted(signal: .sigterm, cause: CancellationError()), .terminated),
        (BackfillError.definitionChanged("a", run: 1), .conflictingFile),
        (BackfillError.tableReplaced(backfill: "a", table: Identifier("t"), run: 1), .conflictingFile),
        (BackfillError.tableTruncated(backfill: "a", table: Identifier("t"), run: 1), .conflictingFile),
        (BackfillError.neverRun("a"), .failed),
        (BackfillError.verificationUnreadable(backfill: "a", place: "", reason: ""), .verificationFailed),
        (MigrationLockError(holder: nil, waited: .seconds(1)), .lockHeld),
        (MigrationDirectoryError.duplicate(version: "1", files: []), .conflictingFile),
        (MigrationDirectoryError.missing(path: "x"), .failed),
        (BaselineError.beforeApplied(.zero, newest: "1_a"), .conflictingFile),
        (BaselineError.emptyDatabase(.zero), .failed), (BaselineError.noFile(.zero, nearest: []), .failed),
        (LoadError.notEmpty(path: "x", objects: []), .conflictingFile),
        (LoadError.disagreement(path: "x", []), .conflictingFile),
        (LoadError.ledgerKept(path: "x", count: 1), .conflictingFile),
        (LoadError.endedTransaction(file: "x", line: 1), .stoppedHalfWay),
        (SchemaDumpError.changing, .failed), (SquashError.nothingToSquash("1_a"), .failed),
        (SquashError.historyFailed(CancellationError()), .interrupted),
    ])
    func `every error has its code`(_ error: any Error, _ outcome: Outcome) {
        #expect(Outcome(of: error) == outcome)
    }
}
