import ArgumentParser
import Migrations

/// `caisson migrate adopt`
struct MigrateAdoptCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt",
        abstract: "Go on where another tool has left a database: take over its ledger.",
        discussion: """
            Every migration that the other tool has applied is matched to a file and counts as applied from then on. \
            Its table is left as it is.
            """
    )

    @Option(
        name: .customLong("from"),
        help: ArgumentHelp("Whose ledger: \(MigrationTool.words).", valueName: "tool"),
        transform: { try MigrationTool.chosen($0, for: "--from") }
    )
    var tool: MigrationTool?

    @Option(name: .long, help: ArgumentHelp("Its table, if it has another name.", valueName: "name"))
    var table: String?

    @Option(
        name: .customLong("resolve"),
        help: ArgumentHelp(
            "How a migration stands that the other tool has left half way (dirty or failed): VERSION=applied or VERSION=not-applied. May be repeated.",
            valueName: "version=word"
        ),
        transform: resolution
    )
    var resolutions: [AdoptionResolution] = []

    @Flag(name: .long, help: "Show what would be taken over, and write nothing.")
    var dryRun = false

    @Flag(name: .long, help: "Take the last adoption back, as long as nothing was applied since.")
    var undo = false

    @OptionGroup(title: "Lock options") var locks: LockFlags
    @OptionGroup(title: "Folder options") var folder: MigrationsFolder
    @OptionGroup(title: "Database options") var database: DatabaseOptions
    @OptionGroup(title: "Output options") var output: OutputOptions

    private static func resolution(_ text: String) throws -> AdoptionResolution {
        guard let resolution = AdoptionResolution(text) else {
            throw ValidationError(
                "--resolve \(text): write VERSION=applied or VERSION=not-applied, such as --resolve 31=applied."
            )
        }
        return resolution
    }

    func validate() throws {
        if undo, tool != nil || table != nil || dryRun || !resolutions.isEmpty {
            throw ValidationError("--undo takes back what was adopted last; it goes with no other option.")
        }
        if !undo, tool == nil {
            throw ValidationError("Say whose ledger to take over with --from: \(MigrationTool.words).")
        }
    }

    func perform(_ console: Console) async throws -> Outcome {
        guard let tool else { return try await takeBack(console) }
        var folder = folder
        folder.layout = try folder.layout(for: tool)
        var runner = try await MigrationRunner(database, folder, console: console)
        locks.apply(to: &runner.configuration)
        let request = AdoptionRequest(
            from: tool,
            table: table,
            mode: dryRun ? .preview : .write,
            resolutions: resolutions
        )
        let adoption = try await runner.adopt(request)
        console.report(AdoptionReport(adoption: adoption, isPreview: dryRun, layout: try folder.needed()))
        return .done
    }

    private func takeBack(_ console: Console) async throws -> Outcome {
        var runner = try await MigrationRunner(database, console: console)
        locks.apply(to: &runner.configuration)
        console.report(AdoptionUndoneReport(count: try await runner.undoAdoption()))
        return .done
    }
}

extension MigrationsFolder {
    /// The layout to read a tool's files in, unless another was named.
    fileprivate func layout(for tool: MigrationTool) throws -> MigrationLayout {
        if let named = try named { return named }
        // dbmate's own form is only needed where its files make use of it.
        let found = try? MigrationDirectory(path: path).layout
        return tool == .dbmate && found == .native ? .native : tool.layout
    }

    /// The `--layout` that other commands will need, if they would not find it out by themselves.
    fileprivate func needed() throws -> MigrationLayout? {
        let used = try named
        let found = (try? MigrationDirectory(path: path))?.layout
        return found == used ? nil : used
    }
}
