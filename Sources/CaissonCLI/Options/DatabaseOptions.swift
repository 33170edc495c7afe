import ArgumentParser
import Foundation
import LocalServer
import Postgres

/// Which database is worked on.
struct DatabaseOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The database: postgresql://user@host:port/name or \"host=… dbname=…\".",
            discussion:
                "Otherwise DATABASE_URL, otherwise PGHOST, PGDATABASE and so on; what none of these says, a .env file may.",
            valueName: "url"
        )
    )
    var database: String?

    @Flag(name: .long, help: "Use this folder's private server; it is started when it is not running.")
    var local = false

    @Option(
        name: .long,
        help: ArgumentHelp(
            "How long to wait until the database takes connections, for instance 30s. A refused password is no reason to wait.",
            valueName: "time"
        )
    )
    var wait = TimeArgument(.milliseconds(0))

    @Option(name: .long, help: ArgumentHelp("The schema of Caisson's own tables.", valueName: "name"))
    var schema = "caisson"

    func validate() throws {
        guard database == nil || !local else {
            throw ValidationError("--database and --local name two different databases; give one of them.")
        }
        guard !schema.isEmpty else {
            throw ValidationError("--schema needs a name, for instance: --schema caisson")
        }
    }

    /// The connection that the options and the environment describe; starts the private server when it is meant.
    func connection(_ console: Console) async throws -> ConnectionOptions {
        if local { return try await localConnection(console) }
        let options = try configuredConnection(console)
        if wait.timeout.milliseconds > 0 {
            let waiting = ConnectionWait(options, limit: wait.duration, console: console)
            _ = try await Interruption.watch(.cancels) { try await waiting.run() }
        }
        return options
    }

    /// The connection that the options and the environment describe, whether or not anybody answers there.
    private func configuredConnection(_ console: Console) throws -> ConnectionOptions {
        let address = try DatabaseAddress(
            option: database,
            environment: ProcessInfo.processInfo.environment,
            file: .ofWorkingDirectory
        )
        if address.origin != .nobody { DatabaseAddress.markNamed() }
        address.notes.forEach(console.note)
        return address.options
    }

    private func localConnection(_ console: Console) async throws -> ConnectionOptions {
        let server = PrivateServer.ofWorkingDirectory
        if try await server.start() == .started {
            console.note("Started the private server of this folder; stop it with: caisson server stop")
        }
        DatabaseAddress.markNamed()
        return try ConnectionOptions(server.projectConnectionString)
    }
}

extension PrivateServer {
    /// The private server of the folder in which the tool runs.
    static var ofWorkingDirectory: PrivateServer {
        let folder = FileManager.default.currentDirectoryPath
        return PrivateServer(Configuration(folder: defaultFolder(forProject: folder)))
    }

    /// The URL of the database that `--local` means.
    var projectConnectionString: String { connectionString(database: "postgres") }
}
