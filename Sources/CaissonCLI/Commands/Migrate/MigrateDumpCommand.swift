import ArgumentParser
import Migrations

/// `caisson migrate dump`
struct MigrateDumpCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "dump",
        abstract: "Write the schema of a database, and which migrations it has, into a file. Needs pg_dump.",
        discussion: """
            The same schema gives the same text. caisson migrate load sets up a fresh database from it. Rows of tables \
            are not in it.
            """
    )

    @Option(
        name: .customLong("output"),
        help: ArgumentHelp(
            "The file; - for standard output. Without it schema.sql beside the folder of migrations.",
            valueName: "file"
        )
    )
    var file: String?

    @OptionGroup(title: "Folder options") var folder: MigrationsFolder
    @OptionGroup(title: "Database options") var database: DatabaseOptions
    @OptionGroup(title: "Output options") var output: OutputOptions

    func validate() throws {
        guard file != "-" || !output.json else {
            throw ValidationError("--output - and --json both write to standard output; give one of them.")
        }
    }

    func perform(_ console: Console) async throws -> Outcome {
        let file = SchemaFile(path: file ?? folder.schemaFile)
        let runner = try await MigrationRunner(database, console: console)
        let dumper = SchemaDumper(console: console)
        let dump = try await Interruption.watch(.cancels) { [path = file.path] in
            try await dumper.dump(runner, path: path)
        }
        if file.isStream {
            console.stream(String(decoding: dump.source.bytes, as: UTF8.self))
            let warning = DumpReport.warning(of: dump.leftOut)
            if !warning.isEmpty { console.note(warning.joined(separator: "\n")) }
        } else {
            let isChanged = try file.write(dump)
            console.report(DumpReport(dump: dump, isChanged: isChanged))
        }
        return .done
    }
}
