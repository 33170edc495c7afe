import ArgumentParser
import LocalServer

/// `caisson server stop`
struct ServerStopCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Stop this folder's private server; its data stays."
    )

    @OptionGroup(title: "Output options") var output: OutputOptions

    func perform(_ console: Console) async throws -> Outcome {
        let server = PrivateServer.ofWorkingDirectory
        let outcome = try await server.stop()
        console.report(ServerReport(event: outcome == .stopped ? .stopped : .notRunning, server: server))
        return .done
    }
}
