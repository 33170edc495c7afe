import ArgumentParser

/// A command that does something: it gets a console and answers with an outcome. What it throws becomes a failure.
protocol ToolCommand: ParsableCommand {
    var output: OutputOptions { get }

    func perform(_ console: Console) async throws -> Outcome
}
