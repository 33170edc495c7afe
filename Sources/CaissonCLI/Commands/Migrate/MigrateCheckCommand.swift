import ArgumentParser
import Migrations

/// `caisson migrate check`
struct MigrateCheckCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract:
            "Read the files as they are, without a database, and compare them with those of a git revision.",
        discussion:
            "For CI: it finds what would collide when this branch is merged. Exit code 13 when something does."
    )

    @Option(
        name: .long,
        help: ArgumentHelp("What this branch will be merged into, such as origin/main.", valueName: "ref")
    )
    var base: String?

    @OptionGroup(title: "Folder options") var folder: MigrationsFolder
    @OptionGroup(title: "Output options") var output: OutputOptions

    func perform(_ console: Console) async throws -> Outcome {
        let directory = try folder.read()
        let here = directory.migrations
        _ = try MigrationPlan(.up(.latest), available: here, applied: [])
        var findings: [MigrationFinding] = []
        if let base {
            let git = GitFolder(path: folder.path, layout: directory.layout)
            let revision = try git.resolve(base)
            let theirs = try git.migrations(at: revision)
            let ancestor = try git.ancestor(of: revision).map(git.migrations(at:)) ?? theirs
            findings = MigrationFinding.find(here: here, base: theirs, ancestor: ancestor)
        }
        CheckReport(findings: findings, count: here.count, base: base).show(on: console)
        return findings.isEmpty ? .done : .conflictingFile
    }
}
