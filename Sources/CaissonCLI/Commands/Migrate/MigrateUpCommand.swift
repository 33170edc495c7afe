import ArgumentParser
import Migrations

/// `caisson migrate up`
struct MigrateUpCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Apply the pending migrations."
    )

    @Flag(name: .long, help: "Show what would be run, and run nothing.")
    var dryRun = false

    @OptionGroup(title: "Target options") var target: TargetFlags
    @OptionGroup(title: "Order options") var order: OrderFlags
    @OptionGroup(title: "Lock options") var locks: LockFlags
    @OptionGroup(title: "Folder options") var folder: MigrationsFolder
    @OptionGroup(title: "Database options") var database: DatabaseOptions
    @OptionGroup(title: "Output options") var output: OutputOptions

    func perform(_ console: Console) async throws -> Outcome {
        var runner = try await MigrationRunner(database, folder, console: console)
        locks.apply(to: &runner.configuration)
        order.apply(to: &runner.configuration)
        return try await runner.perform(.up(target.target), dryRun: dryRun)
    }
}
