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

    @Flag(name: .long, help: "Run the backfills that migrations wait for, then go on.")
    var runBackfills = false

    @OptionGroup(title: "Target options") var target: TargetFlags
    @OptionGroup(title: "Order options") var order: OrderFlags
    @OptionGroup(title: "Lock options") var locks: LockFlags
    @OptionGroup(title: "Index options") var indexes: IndexFlags
    @OptionGroup(title: "Backfill options") var pace: PaceFlags
    @OptionGroup(title: "Folder options") var folder: MigrationsFolder
    @OptionGroup(title: "Backfill options") var gates: GateFlags
    @OptionGroup(title: "Database options") var database: DatabaseOptions
    @OptionGroup(title: "Output options") var output: OutputOptions

    func perform(_ console: Console) async throws -> Outcome {
        var runner = try await MigrationRunner(database, folder, console: console)
        locks.apply(to: &runner.configuration)
        indexes.apply(to: &runner.configuration)
        order.apply(to: &runner.configuration)
        runner.gates = BackfillGates(gates, schema: database.schema)
        guard runBackfills, !dryRun else {
            return try await runner.perform(.up(target.target), dryRun: dryRun)
        }
        let opener = GateOpener(
            backfills: try gates.backfills.read(),
            options: pace.options,
            console: console
        )
        return try await database.withCoordinator(console) { [runner] coordinator in
            try await runner.perform(.up(target.target)) {
                try await opener.open($0, against: $1, with: coordinator)
            }
        }
    }
}
