import ArgumentParser
import Backfills

/// `caisson backfill resume`
struct BackfillResumeCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Take a pause back, so that the backfill can be run again."
    )

    @Argument(help: "The backfill.")
    var name: String

    @OptionGroup(title: "Database options") var database: DatabaseOptions
    @OptionGroup(title: "Output options") var output: OutputOptions

    func perform(_ console: Console) async throws -> Outcome {
        let run = try await database.withCoordinator(console) { try await $0.resume(name) }
        console.report(SteeringReport(event: .resumed, run: run))
        return .done
    }
}
