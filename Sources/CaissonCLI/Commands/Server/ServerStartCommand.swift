import ArgumentParser
import LocalServer

/// `caisson server start`
struct ServerStartCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Start this folder's private server; it keeps running until it is stopped."
    )

    @OptionGroup(title: "Output options") var output: OutputOptions

    func perform(_ console: Console) async throws -> Outcome {
        let server = PrivateServer.ofWorkingDirectory
        let outcome = try await server.start()
        console.report(ServerReport(event: outcome == .started ? .started : .running, server: server))
        return .done
    }
}
