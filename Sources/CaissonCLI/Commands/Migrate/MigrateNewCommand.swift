import ArgumentParser
import Migrations

/// `caisson migrate new`
struct MigrateNewCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Write an empty migration for you to fill in."
    )

    @Argument(help: "What it does, for instance: create_city")
    var name: String

    @OptionGroup(title: "Folder options") var folder: MigrationsFolder
    @OptionGroup(title: "Output options") var output: OutputOptions

    func perform(_ console: Console) async throws -> Outcome {
        let path = try NewMigration.create(name, in: folder.path)
        console.report(FileReport(path: path, next: "caisson migrate up --dry-run"))
        return .done
    }
}
