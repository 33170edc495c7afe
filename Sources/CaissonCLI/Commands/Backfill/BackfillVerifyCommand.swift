import ArgumentParser
import Backfills

/// `caisson backfill verify`
struct BackfillVerifyCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Run the verify query of a backfill whose ranges are all done."
    )

    @Argument(help: "The backfill.")
    var name: String

    @OptionGroup(title: "Folder options") var folder: BackfillsFolder
    @OptionGroup(title: "Database options") var database: DatabaseOptions
    @OptionGroup(title: "Output options") var output: OutputOptions

    func perform(_ console: Console) async throws -> Outcome {
        let backfill = try folder.read().backfill(named: name)
        guard backfill.verification != nil else { throw NothingToVerify(name: name) }
        let run = try await database.withCoordinator(console) { coordinator in
            try await Interruption.watch(.cancels) { try await coordinator.verify(backfill) }
        }
        let report = VerificationReport(run: run)
        if let failure = report.failure { console.fail(failure) }
        console.report(report)
        return Outcome(of: run, skipped: 0)
    }
}

/// A backfill without a verify query was to be verified.
struct NothingToVerify: Error, CustomStringConvertible {
    let name: String

    var description: String {
        """
        The backfill \(name) has no verify query. Add a line to its definition, for instance:
            -- verify: SELECT count(*) FROM my_table WHERE my_column IS NULL
        """
    }
}
