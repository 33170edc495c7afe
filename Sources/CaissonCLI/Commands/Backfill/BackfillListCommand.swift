import ArgumentParser
import Backfills

/// `caisson backfill list`
struct BackfillListCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the backfills that can be run. No database is asked."
    )

    @OptionGroup(title: "Folder options") var folder: BackfillsFolder
    @OptionGroup(title: "Output options") var output: OutputOptions

    func perform(_ console: Console) async throws -> Outcome {
        let backfills = try folder.read().backfills
        switch console.format {
        case .json: backfills.forEach { console.report(BackfillReport(backfill: $0)) }
        case .text: console.say(BackfillReport.table(backfills, in: folder.path, console.style))
        }
        return .done
    }
}
