import ArgumentParser

/// `caisson server`
struct ServerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "server",
        abstract: "Run a private PostgreSQL for this folder.",
        discussion: """
            It has its own data and a Unix socket, no port and no password; the folder it lies in is closed to other
            users. Every command uses it with --local.
            """,
        subcommands: [ServerStartCommand.self, ServerStopCommand.self, ServerStatusCommand.self]
    )
}
