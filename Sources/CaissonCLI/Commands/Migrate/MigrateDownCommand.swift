import ArgumentParser
import Migrations

/// `caisson migrate down`
struct MigrateDownCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "down",
        abstract: "Revert applied migrations, the last first; without a target only the last one."
    )

    @Flag(name: .long, help: "Show what would be run, and run nothing.")
    var dryRun = false

    @Flag(
        name: .long,
        help: "Where a migration on the way cannot be reverted, revert those before it in place of none."
    )
    var asFarAsPossible = false

    @OptionGroup(title: "Target options") var target: TargetFlags
    @OptionGroup(title: "Lock options") var locks: LockFlags
    @OptionGroup(title: "Folder options") var folder: MigrationsFolder
    @OptionGroup(title: "Database options") var database: DatabaseOptions
    @OptionGroup(title: "Output options") var output: OutputOptions

    func perform(_ console: Console) async throws -> Outcome {
        var runner = try await MigrationRunner(database, folder, console: console)
        locks.apply(to: &runner.configuration)
        if asFarAsPossible { runner.configuration.reach = .asFarAsPossible }
        return try await runner.perform(.down(target.target), dryRun: dryRun)
    }
}
