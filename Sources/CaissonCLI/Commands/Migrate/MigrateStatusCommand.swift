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

    @OptionGroup(title: "Order options") var order: OrderFlags
    @OptionGroup(title: "Folder options") var folder: MigrationsFolder
    @OptionGroup(title: "Database options") var database: DatabaseOptions
    @OptionGroup(title: "Output options") var output: OutputOptions

    func perform(_ console: Console) async throws -> Outcome {
        var runner = try await MigrationRunner(database, folder, console: console)
        order.apply(to: &runner.configuration)
        let standing = try await runner.standing()
        LayoutReport.show(runner.directory, on: console)
        MigrationStatusReport.show(standing, on: console)
        return exitCode ? standing.outcome : .done
    }
}
