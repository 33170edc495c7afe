import ArgumentParser
import Backfills

/// `caisson backfill skipped`
struct BackfillSkippedCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "skipped",
        abstract: "List the rows that a backfill could not apply, with the reason for each."
    )

    @Argument(help: "The backfill.")
    var name: String

    @OptionGroup(title: "Database options") var database: DatabaseOptions
    @OptionGroup(title: "Output options") var output: OutputOptions

    func perform(_ console: Console) async throws -> Outcome {
        let rows = try await database.withCoordinator(console) { try await $0.skippedRows(of: name) }
        for row in rows { console.report(SkippedRowReport(name: name, row: row)) }
        if rows.isEmpty { console.say("\(name) skipped no rows.") }
        return .done
    }
}
