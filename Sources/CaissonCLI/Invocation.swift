import ArgumentParser

/// One call of the tool: parses the arguments, runs the command and turns whatever comes of it into an outcome.
struct Invocation {
    let arguments: [String]

    func run() async -> Outcome {
        do {
            var command = try RootCommand.parseAsRoot(explained)
            if let command = command as? any ToolCommand { return await perform(command) }
            try command.run()
            return .done
        } catch {
            return finish(parsing: error)
        }
    }

    /// The arguments, where help on `import` is help on what most people want of it.
    private var explained: [String] {
        [["import", "--help"], ["import", "-h"], ["help", "import"]].contains(arguments)
            ? ["import", "load", "--help"] : arguments
    }

    private func perform(_ command: some ToolCommand) async -> Outcome {
        let console = Console(command.output)
        do {
            let outcome = try await command.perform(console)
            console.endStatus()
            return outcome
        } catch {
            let failure = Failure(error)
            console.fail(failure)
            return failure.outcome
        }
    }

    /// Help and the version come as errors too, with a code of success.
    private func finish(parsing error: any Error) -> Outcome {
        let console = Console(format: arguments.contains("--json") ? .json : .text, verbosity: .normal)
        let message = RootCommand.fullMessage(for: error)
        guard RootCommand.exitCode(for: error) != .success else {
            console.write(message)
            return .done
        }
        console.fail(Failure(usage: message, arguments: arguments))
        return .usage
    }
}
