import ArgumentParser
import Migrations

/// `caisson migrate baseline`
struct MigrateBaselineCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "baseline",
        abstract: "Say that a database which was built by other means is at a version already.",
        discussion: """
            Every migration up to the version counts as applied and none is run; caisson migrate up goes on with the \
            later ones. For a database that another migration tool has built, take over its ledger: caisson migrate adopt.
            """
    )

    @Argument(help: "The last version whose changes are in the database.")
    var version: String

    @Flag(name: .long, help: "Show what would be recorded, and write nothing.")
    var dryRun = false

    @OptionGroup(title: "Lock options") var locks: LockFlags
    @OptionGroup(title: "Folder options") var folder: MigrationsFolder
    @OptionGroup(title: "Database options") var database: DatabaseOptions
    @OptionGroup(title: "Output options") var output: OutputOptions

    func validate() throws {
        guard MigrationVersion(version) != nil else {
            throw ValidationError(
                "\(version) is no version: write a number; caisson migrate status lists them."
            )
        }
    }

    func perform(_ console: Console) async throws -> Outcome {
        guard let version = MigrationVersion(version) else { return .usage }
        var runner = try await MigrationRunner(database, folder, console: console)
        locks.apply(to: &runner.configuration)
        let mode: Baseline.Mode = dryRun ? .preview : .write
        let baseline = try await Interruption.watch(.cancels) { [runner] in
            try await runner.withMigrator { try $0.baseline(version, mode) }
        }
        BaselineReport(baseline: baseline, isPreview: dryRun).show(on: console)
        return .done
    }
}
