import ArgumentParser

/// `caisson import`
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Load a CSV or NDJSON file, plain or packed, into a table.",
        subcommands: [ImportLoadCommand.self, ImportStatusCommand.self],
        defaultSubcommand: ImportLoadCommand.self
    )
}
