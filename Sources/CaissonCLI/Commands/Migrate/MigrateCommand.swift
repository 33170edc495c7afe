import ArgumentParser

/// `caisson migrate`
struct MigrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Change the schema by SQL files, each in one transaction with its record.",
        subcommands: [
            MigrateNewCommand.self, MigrateStatusCommand.self, MigrateUpCommand.self, MigrateDownCommand.self,
            MigrateRedoCommand.self, MigrateAcceptCommand.self, MigrateCheckCommand.self,
            MigrateAdoptCommand.self, MigrateBaselineCommand.self, MigrateDumpCommand.self,
            MigrateLoadCommand.self, MigrateSquashCommand.self,
        ]
    )
}
