import ArgumentParser
import Migrations

/// `caisson migrate status`
struct MigrateStatusCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show which migrations are applied and which are pending. Writes nothing."
    )

    @Flag(name: .long, help: "Exit with 10 when something is pending, 13 when files and ledger disagree.")
    var exitCode = false

    @OptionGroup(title: "Folder options") var folder: MigrationsFolder
    @OptionGroup(title: "Database options") var database: DatabaseOptions
    @OptionGroup(title: "Output options") var output: OutputOptions

    func perform(_ console: Console) async throws -> Outcome {
        let runner = try await MigrationRunner(database, folder, console: console)
        let statuses = try await runner.statuses()
        LayoutReport.show(runner.directory, on: console)
        MigrationStatusReport.show(statuses, on: console)
        return exitCode ? Outcome(of: statuses) : .done
    }
}
