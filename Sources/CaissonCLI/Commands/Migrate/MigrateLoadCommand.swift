import ArgumentParser
import Migrations

/// `caisson migrate load`
struct MigrateLoadCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract:
            "Set up an empty database from what migrate dump wrote, in place of running every migration.",
        discussion: """
            The migrations in the dump count as applied; caisson migrate up goes on with those that came later. The \
            files must be those from which the dump was made.
            """
    )

    @Argument(
        help: ArgumentHelp(
            "The file; - for standard input. Without it schema.sql beside the folder of migrations.",
            valueName: "file"
        )
    )
    var file: String?

    @OptionGroup(title: "Lock options") var locks: LockFlags
    @OptionGroup(title: "Folder options") var folder: MigrationsFolder
    @OptionGroup(title: "Database options") var database: DatabaseOptions
    @OptionGroup(title: "Output options") var output: OutputOptions

    func perform(_ console: Console) async throws -> Outcome {
        let dump = try SchemaFile(path: file ?? folder.schemaFile).read()
        var runner = try await MigrationRunner(database, folder, console: console)
        locks.apply(to: &runner.configuration)
        let loaded = try await Interruption.watch(.cancels) { [runner] in
            try await runner.withMigrator { try $0.load(dump) }
        }
        console.report(LoadReport(loaded: loaded))
        return .done
    }
}
