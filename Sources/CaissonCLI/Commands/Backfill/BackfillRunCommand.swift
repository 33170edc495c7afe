import ArgumentParser
import Backfills
import Postgres

/// `caisson backfill run`
struct BackfillRunCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run backfills, or go on where they stopped.",
        discussion: """
            Ctrl-C once finishes the current chunks and stops; the same command goes on there. Several processes, on \
            several hosts, may run the same backfill: they share its ranges.
            """
    )

    @Argument(help: ArgumentHelp("The backfills, in the order in which they are to run.", valueName: "name"))
    var names: [String] = []

    @Flag(name: .long, help: "Run all backfills, in the order of their names.")
    var all = false

    @Flag(name: .long, help: "Run one chunk, show row by row what it changes, and roll it back.")
    var dryRun = false

    @OptionGroup(title: "Run options") var run: RunFlags
    @OptionGroup(title: "Folder options") var folder: BackfillsFolder
    @OptionGroup(title: "Database options") var database: DatabaseOptions
    @OptionGroup(title: "Output options") var output: OutputOptions

    func validate() throws {
        guard all != !names.isEmpty else {
            throw ValidationError(
                all
                    ? "Give names or --all, not both."
                    : "Name a backfill, or say --all. See which there are: caisson backfill list"
            )
        }
        guard !run.follow || !all && names.count == 1 && !dryRun else {
            throw ValidationError(
                "--follow goes on until it is stopped: name one backfill, without --all and --dry-run."
            )
        }
    }

    func perform(_ console: Console) async throws -> Outcome {
        let directory = try folder.read()
        let chosen = try all ? directory.backfills : names.map { try directory.backfill(named: $0) }
        if chosen.isEmpty { console.say(BackfillReport.table([], in: folder.path, console.style)) }
        return try await database.withCoordinator(console) { coordinator in
            let able = try await all ? withTable(chosen, coordinator, console) : chosen
            if dryRun { return try await rehearse(able, coordinator, console) }
            return try await BackfillRunner(
                coordinator: coordinator,
                options: run.options,
                console: console
            ).run(able)
        }
    }

    /// A tool is used on several databases, and what is compiled into it may concern only some of them. A SQL file lies in
    /// the project's own folder: when its table is missing, that is an error.
    private func withTable(
        _ backfills: [Backfill],
        _ coordinator: Coordinator,
        _ console: Console
    ) async throws -> [Backfill] {
        var able: [Backfill] = []
        for backfill in backfills {
            if case .rows = backfill.work, try await !coordinator.tableExists(for: backfill) {
                console.report(LeftOutReport(name: backfill.name, table: backfill.table.description))
            } else {
                able.append(backfill)
            }
        }
        return able
    }

    private func rehearse(
        _ backfills: [Backfill],
        _ coordinator: Coordinator,
        _ console: Console
    ) async throws -> Outcome {
        for backfill in backfills {
            let dryRun = try await Interruption.watch(.cancels) {
                try await coordinator.dryRun(backfill, chunkSize: run.pace.chunkSize ?? 1000)
            }
            DryRunReport(dryRun).show(on: console)
        }
        return .done
    }
}
