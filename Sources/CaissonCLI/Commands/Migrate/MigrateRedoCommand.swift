import ArgumentParser
import Migrations

/// `caisson migrate redo`
struct MigrateRedoCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "redo",
        abstract: "Revert the last migration and apply it again from its file."
    )

    @Option(name: .long, help: ArgumentHelp("So many migrations.", valueName: "n"))
    var steps = 1

    @Flag(name: .long, help: "Show what would be run, and run nothing.")
    var dryRun = false

    @OptionGroup(title: "Lock options") var locks: LockFlags
    @OptionGroup(title: "Index options") var indexes: IndexFlags
    @OptionGroup(title: "Backfill options") var gates: GateFlags
    @OptionGroup(title: "Folder options") var folder: MigrationsFolder
    @OptionGroup(title: "Database options") var database: DatabaseOptions
    @OptionGroup(title: "Output options") var output: OutputOptions

    func validate() throws {
        guard steps > 0 else { throw ValidationError("--steps \(steps): write a number from 1.") }
    }

    func perform(_ console: Console) async throws -> Outcome {
        var runner = try await MigrationRunner(database, folder, console: console)
        locks.apply(to: &runner.configuration)
        indexes.apply(to: &runner.configuration)
        runner.gates = BackfillGates(gates, schema: database.schema)
        return try await runner.perform(.redo(steps: steps), dryRun: dryRun)
    }
}
