import ArgumentParser
import Postgres

/// `caisson wait`
struct WaitCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait until the database takes connections.",
        discussion: """
            A server that does not answer yet, is starting up, or whose name cannot be resolved is waited for, a minute unless \
            --wait says how long. A wrong password or a database that does not exist fails at once.
            """
    )

    @OptionGroup(title: "Database options") var database: DatabaseOptions
    @OptionGroup(title: "Output options") var output: OutputOptions

    func perform(_ console: Console) async throws -> Outcome {
        var database = database
        let limit = database.wait.timeout.milliseconds > 0 ? database.wait.duration : .seconds(60)
        // Once is enough.
        database.wait = TimeArgument(.milliseconds(0))
        let waiting = ConnectionWait(try await database.connection(console), limit: limit, console: console)
        let waited = try await Interruption.watch(.cancels) { try await waiting.run() }
        console.report(ReadyReport(waited: waited))
        return .done
    }
}

/// The database takes connections.
private struct ReadyReport: Report {
    let waited: Duration

    var json: JSON { .object(["event": "database.ready", "seconds": waited / .seconds(1)]) }

    func text(_ style: Style) -> String? {
        "The database takes connections\(waited < .seconds(1) ? "." : ", after \(Numbers.duration(waited / .seconds(1))).")"
    }
}
