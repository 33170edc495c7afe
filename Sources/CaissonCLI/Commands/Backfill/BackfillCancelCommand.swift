import ArgumentParser
import Backfills

/// `caisson backfill cancel`
struct BackfillCancelCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Give a backfill's run up; what it did stays."
    )

    @Argument(help: "The backfill.")
    var name: String

    @OptionGroup(title: "Database options") var database: DatabaseOptions
    @OptionGroup(title: "Output options") var output: OutputOptions

    func perform(_ console: Console) async throws -> Outcome {
        let run = try await database.withCoordinator(console) { try await $0.cancel(name) }
        console.report(SteeringReport(event: .cancelled, run: run))
        return .done
    }
}
