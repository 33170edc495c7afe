import ArgumentParser
import Backfills

/// `caisson backfill retry`
struct BackfillRetryCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Try the skipped rows of a backfill again, each in a transaction of its own."
    )

    @Argument(help: "The backfill.")
    var name: String

    @Flag(name: .long, help: "The rows that were recorded as skipped.")
    var skipped = false

    @OptionGroup(title: "Folder options") var folder: BackfillsFolder
    @OptionGroup(title: "Database options") var database: DatabaseOptions
    @OptionGroup(title: "Output options") var output: OutputOptions

    func validate() throws {
        guard skipped else {
            throw ValidationError("Say what to try again: caisson backfill retry \(name) --skipped")
        }
    }

    func perform(_ console: Console) async throws -> Outcome {
        let backfill = try folder.read().backfill(named: name)
        let (tried, left, run) = try await database.withCoordinator(console) { coordinator in
            try await Interruption.watch(.cancels) { try await coordinator.retrySkipped(backfill) }
        }
        console.report(RetryReport(run: run, tried: tried, left: left))
        return left > 0 ? .rowsSkipped : Outcome(of: run, skipped: 0)
    }
}
