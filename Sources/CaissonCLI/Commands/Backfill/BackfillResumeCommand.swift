import ArgumentParser
import Backfills

/// `caisson backfill resume`
struct BackfillResumeCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Take a pause back and go on with the backfill."
    )

    @Argument(help: "The backfill.")
    var name: String

    @OptionGroup(title: "Run options") var run: PaceFlags
    @OptionGroup(title: "Folder options") var folder: BackfillsFolder
    @OptionGroup(title: "Database options") var database: DatabaseOptions
    @OptionGroup(title: "Output options") var output: OutputOptions

    func perform(_ console: Console) async throws -> Outcome {
        let backfill = try folder.read().backfill(named: name)
        return try await database.withCoordinator(console) { coordinator in
            console.report(SteeringReport(event: .resumed, run: try await coordinator.resume(name)))
            return try await BackfillRunner(
                coordinator: coordinator,
                options: run.options,
                console: console
            ).run([backfill])
        }
    }
}
