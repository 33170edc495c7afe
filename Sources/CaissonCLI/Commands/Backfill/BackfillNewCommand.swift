import ArgumentParser
import Backfills

/// `caisson backfill new`
struct BackfillNewCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Write an empty SQL backfill for you to fill in."
    )

    @Argument(help: "What it does, for instance: normalize_city_names")
    var name: String

    @OptionGroup(title: "Folder options") var folder: BackfillsFolder
    @OptionGroup(title: "Output options") var output: OutputOptions

    func perform(_ console: Console) async throws -> Outcome {
        let file = try NewBackfill.create(name, in: folder.path)
        console.report(FileReport(path: file.path, next: "caisson backfill run \(file.name) --dry-run"))
        return .done
    }
}
