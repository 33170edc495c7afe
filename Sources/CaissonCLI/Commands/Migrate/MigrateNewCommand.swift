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
        let paths = try NewMigration.create(name, in: folder.path, layout: try layout())
        for path in paths {
            console.report(FileReport(path: path, next: "caisson migrate up --dry-run"))
        }
        return .done
    }

    /// That of the files that are there. A folder without any, or one that cannot be read, is this tool's own.
    private func layout() throws -> MigrationLayout {
        if let named = try folder.named { return named }
        return (try? folder.read().layout) ?? .native
    }
}
