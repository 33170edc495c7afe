import ArgumentParser
import Backfills

/// `caisson backfill pause`
struct BackfillPauseCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Ask all workers of a backfill, wherever they are, to stop after their chunks."
    )

    @Argument(help: "The backfill.")
    var name: String

    @OptionGroup(title: "Database options") var database: DatabaseOptions
    @OptionGroup(title: "Output options") var output: OutputOptions

    func perform(_ console: Console) async throws -> Outcome {
        let run = try await database.withCoordinator(console) { try await $0.pause(name) }
        console.report(SteeringReport(event: .paused, run: run))
        return .done
    }
}
