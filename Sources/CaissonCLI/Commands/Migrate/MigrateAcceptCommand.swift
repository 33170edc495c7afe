import ArgumentParser
import Migrations

/// `caisson migrate accept`
struct MigrateAcceptCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "accept",
        abstract:
            "Let the ledger take over an edited, renamed or removed file. The database itself stays as it is."
    )

    @Argument(help: "The version, as caisson migrate status lists it.")
    var version: String

    @Option(name: .long, help: ArgumentHelp("Why; the journal keeps it.", valueName: "text"))
    var reason: String

    @Flag(
        name: .long,
        help:
            "Have the ledger forget a migration whose file is gone. A program that has the file would apply it again."
    )
    var forget = false

    @OptionGroup(title: "Lock options") var locks: LockFlags
    @OptionGroup(title: "Folder options") var folder: MigrationsFolder
    @OptionGroup(title: "Database options") var database: DatabaseOptions
    @OptionGroup(title: "Output options") var output: OutputOptions

    func validate() throws {
        guard MigrationVersion(version) != nil else {
            throw ValidationError(
                "\(version) is no version: write a number; caisson migrate status lists them."
            )
        }
        guard reason.contains(where: { !$0.isWhitespace }) else {
            throw ValidationError("--reason is empty: write why, the journal keeps it.")
        }
    }

    func perform(_ console: Console) async throws -> Outcome {
        guard let version = MigrationVersion(version) else { return .usage }
        var runner = try await MigrationRunner(database, folder, console: console)
        locks.apply(to: &runner.configuration)
        let acceptance = try await runner.accept(version, reason: reason, missing: forget ? .forget : .keep)
        console.report(AcceptanceReport(acceptance: acceptance, reason: reason))
        return .done
    }
}
