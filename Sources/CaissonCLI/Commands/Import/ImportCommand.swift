import ArgumentParser

/// `caisson import`
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Load a file of CSV, NDJSON or COPY's text format, plain or packed, into a table.",
        subcommands: [ImportLoadCommand.self, ImportStatusCommand.self],
        defaultSubcommand: ImportLoadCommand.self
    )
}
