import ArgumentParser
import Backfills
import Foundation

/// `caisson backfill status`
struct BackfillStatusCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show how far the backfills are, wherever they run."
    )

    @Argument(help: "A backfill; without a name all are shown.")
    var name: String?

    @Flag(name: .long, help: "Show it again every second, until none is at work any more.")
    var watch = false

    @OptionGroup(title: "Folder options") var folder: BackfillsFolder
    @OptionGroup(title: "Database options") var database: DatabaseOptions
    @OptionGroup(title: "Output options") var output: OutputOptions

    func perform(_ console: Console) async throws -> Outcome {
        let known = try? folder.read()
        if let name, let known, !known.backfills.contains(where: { $0.name == name }) {
            return try await show(console, required: { _ = try known.backfill(named: name) })
        }
        return try await show(console, required: {})
    }

    /// - Parameter required: throws when a name that was never run is not defined either.
    private func show(_ console: Console, required check: @Sendable () throws -> Void) async throws -> Outcome
    {
        try await database.withCoordinator(console) { coordinator in
            var last: [JSON] = []
            while true {
                let reports = try await coordinator.statuses(of: name).map(BackfillStatusReport.init)
                if reports.isEmpty { try check() }
                // Watching a log, only what is new is worth a line.
                if reports.map(\.json) != last || last.isEmpty { show(reports, console) }
                last = reports.map(\.json)
                guard watch, reports.contains(where: \.isAtWork) else { return .done }
                try await Task.sleep(for: .seconds(1))
            }
        }
    }

    private func show(_ reports: [BackfillStatusReport], _ console: Console) {
        switch console.format {
        case .json: reports.forEach { console.report($0) }
        case .text:
            if watch, console.isLive { console.clearScreen() }
            console.say(text(reports, console.style))
        }
    }

    private func text(_ reports: [BackfillStatusReport], _ style: Style) -> String {
        guard let first = reports.first else {
            return name.map { "\($0) was never run here. Start it with: caisson backfill run \($0)" }
                ?? "No backfill was ever run here. See which there are: caisson backfill list"
        }
        return name == nil ? BackfillStatusReport.table(reports, style) : first.details(style)
    }
}
