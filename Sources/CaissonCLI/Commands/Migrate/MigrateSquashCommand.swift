import ArgumentParser
import Control
import Migrations

/// `caisson migrate squash`
struct MigrateSquashCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "squash",
        abstract: "Replace the migrations up to a version by one file that makes the same. Needs pg_dump.",
        discussion: """
            They are run in a scratch database of the server that is named, what they made is written down, rows \
            included, and tried in a second one. Both are dropped; the database itself is not touched. A database that \
            has all of the old migrations takes the new one over without running it.
            """
    )

    @Option(
        name: .customLong("to"),
        help: ArgumentHelp("The last version to be replaced.", valueName: "version")
    )
    var version: String

    @Flag(name: .long, help: "Build and try the new file, and change no file.")
    var dryRun = false

    @Flag(
        name: .long,
        help: "Delete the old files. Without it they are moved into a folder squashed_VERSION."
    )
    var delete = false

    @OptionGroup(title: "Folder options") var folder: MigrationsFolder
    @OptionGroup(title: "Database options") var database: DatabaseOptions
    @OptionGroup(title: "Output options") var output: OutputOptions

    func validate() throws {
        guard MigrationVersion(version) != nil else {
            throw ValidationError("--to \(version): write a number; caisson migrate status lists them.")
        }
    }

    func perform(_ console: Console) async throws -> Outcome {
        guard let version = MigrationVersion(version) else { return .usage }
        let plan = try SquashPlan(folder.read(), to: version)
        let options = try await database.connection(console)
        let schema = ControlSchema(name: database.schema)
        let dumper = SchemaDumper(console: console)
        let squasher = Squasher(plan, on: options, schema: schema) { options, own, serverVersion in
            try await dumper.text(.everything, without: own, of: options, serverVersion)
        }
        let squashed = try await Interruption.watch(.cancels) { try await squasher.squash() }
        if !dryRun { try squashed.write(delete ? .delete : .move) }
        SquashReport(squashed: squashed, mode: dryRun ? .preview : delete ? .deleted : .moved).show(
            on: console
        )
        return .done
    }
}
