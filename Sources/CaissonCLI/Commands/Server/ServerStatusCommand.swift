import ArgumentParser
import LocalServer

/// `caisson server status`
struct ServerStatusCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Tell whether this folder's private server runs, and how to reach it."
    )

    @OptionGroup(title: "Output options") var output: OutputOptions

    func perform(_ console: Console) async throws -> Outcome {
        let server = PrivateServer.ofWorkingDirectory
        let event: ServerReport.Event =
            if case .running = server.status { .running } else { .notRunning }
        console.report(ServerReport(event: event, server: server))
        return .done
    }
}
