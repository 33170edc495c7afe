import ArgumentParser
import Control

/// `caisson`
struct RootCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "caisson",
        abstract: "Schema migrations and data backfills for PostgreSQL databases that are in use.",
        discussion: """
            Begin with: caisson init

            Exit codes: 0 done or nothing to do, 1 failed, 2 usage, 10 pending, 11 waiting for a backfill, \
            13 edited, missing or conflicting file, 14 lock held by another run, 15 gave up on a lock timeout, \
            16 stopped half way in a non-transactional file, 20 backfill paused, 21 rows skipped, \
            22 verification failed.
            """,
        version: Tool.version,
        subcommands: [
            InitCommand.self, StatusCommand.self, MigrateCommand.self, BackfillCommand.self,
            ImportCommand.self,
            WaitCommand.self, ServerCommand.self,
        ]
    )

    // The options that most commands share are also understood in front of the command.
    @OptionGroup(title: "Output options") var output: OutputOptions
    @OptionGroup(title: "Database options") var database: DatabaseOptions
    @OptionGroup(title: "Folder options") var migrations: MigrationsFolder
    @OptionGroup(title: "Folder options") var backfills: BackfillsFolder
}
