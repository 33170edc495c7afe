import ArgumentParser

/// `caisson backfill`
struct BackfillCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backfill",
        abstract: "Fill and change the data of tables in chunks, while they are in use.",
        subcommands: [
            BackfillNewCommand.self, BackfillListCommand.self, BackfillRunCommand.self,
            BackfillStatusCommand.self, BackfillPauseCommand.self, BackfillResumeCommand.self,
            BackfillCancelCommand.self, BackfillVerifyCommand.self, BackfillSkippedCommand.self,
            BackfillRetryCommand.self,
        ]
    )
}
