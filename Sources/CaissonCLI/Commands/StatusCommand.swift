import ArgumentParser
import Backfills
import Foundation
import Imports
import Migrations

/// `caisson status`
struct StatusCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show how migrations, backfills and imports stand. Writes nothing."
    )

    @Flag(name: .long, help: "Exit with 10 when something is pending, 13 when files and ledger disagree.")
    var exitCode = false

    @OptionGroup(title: "Folder options") var migrations: MigrationsFolder
    @OptionGroup(title: "Folder options") var backfills: BackfillsFolder
    @OptionGroup(title: "Database options") var database: DatabaseOptions
    @OptionGroup(title: "Output options") var output: OutputOptions

    func perform(_ console: Console) async throws -> Outcome {
        let migrationsOutcome = try await showMigrations(console)
        let backfillsOutcome = try await showBackfills(console)
        let importsOutcome = try await showImports(console)
        guard exitCode else { return .done }
        return [migrationsOutcome, backfillsOutcome].first { $0 != .done } ?? importsOutcome
    }

    private func showMigrations(_ console: Console) async throws -> Outcome {
        guard FileManager.default.fileExists(atPath: migrations.path) else {
            console.say("migrations  no folder \(migrations.path)")
            return .done
        }
        let standing = try await MigrationRunner(database, migrations, console: console).standing()
        switch console.format {
        case .json: MigrationStatusReport.show(standing, on: console)
        case .text: console.say("migrations  " + MigrationStatusReport.summary(standing, console.style))
        }
        return standing.outcome
    }

    private func showBackfills(_ console: Console) async throws -> Outcome {
        let defined = try definedBackfills()
        let reports = try await database.withCoordinator(console) { try await $0.statuses() }
            .map(BackfillStatusReport.init)
        let begun = Set(reports.map(\.status.run.name))
        let unfinished = reports.filter { $0.status.run.state.isUnfinished }.map(\.status.run.name)
        let waiting = (unfinished + defined.filter { !begun.contains($0) }).sorted()
        switch console.format {
        case .json: reports.forEach { console.report($0) }
        case .text: console.say(text(reports, waiting, console.style))
        }
        return waiting.isEmpty ? .done : .pending
    }

    private func showImports(_ console: Console) async throws -> Outcome {
        let standings = try await ImportStanding.all(database, console)
        // A database into which nobody imports has nothing to say of it.
        if !standings.isEmpty || console.format == .json {
            console.report(ImportCountsReport(standings: standings))
        }
        return standings.contains { $0.state == .running } ? .pending : .done
    }

    /// The files of the folder; a project need not have any. What is compiled in may be for another project, so it
    /// counts only once it was begun.
    private func definedBackfills() throws -> [String] {
        do {
            return try backfills.read().backfills.filter { $0.kind == "sql" }.map(\.name)
        } catch BackfillError.folderMissing {
            return []
        }
    }

    private func text(_ reports: [BackfillStatusReport], _ waiting: [String], _ style: Style) -> String {
        var lines: [String] = []
        if !reports.isEmpty { lines.append("\n" + BackfillStatusReport.table(reports, style)) }
        if !waiting.isEmpty {
            lines.append("backfills   not finished: \(waiting.joined(separator: ", "))")
            lines.append("Run them with: caisson backfill run NAME")
        }
        return lines.isEmpty ? "backfills   none" : lines.joined(separator: "\n")
    }
}
