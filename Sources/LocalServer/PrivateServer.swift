/// A PostgreSQL server of one's own: its data folder, its socket, no TCP port unless asked for.
///
/// Use it for a developer's local database (`caisson server start`) and for tests. It is a plain value: it names
/// a folder and how the server in it is run; any number of values, also in other processes, may speak of the same
/// server. The server outlives the process that started it; tests put a ``Guardian`` over it.
///
/// ```swift
/// let server = PrivateServer(.init(folder: PrivateServer.defaultFolder(forProject: "/home/ada/cities")))
/// try await server.start()
/// print(server.connectionString(database: "postgres"))
/// ```
///
/// PostgreSQL refuses to run as root, so for root the server and its folder belong to the user `postgres`, or
/// `nobody` where there is none.
public struct PrivateServer: Sendable {
    /// Where the server lives and how it is run.
    public let configuration: Configuration

    let folder: ServerFolder

    /// Names a server; touches nothing yet.
    public init(_ configuration: Configuration) {
        self.configuration = configuration
        folder = ServerFolder(path: configuration.folder, port: configuration.access.port)
    }

    /// What stands in the folder at this moment.
    public var status: Status {
        guard folder.isInitialised else { return .absent }
        guard let pid = folder.postmasterID, folder.acceptsConnections else { return .stopped }
        return .running(processID: pid)
    }

    /// The server's log file, named in every message about a failed start.
    public var logFile: String { folder.log }

    /// The Unix socket it listens on.
    public var socketFile: String { folder.socket }

    /// A connection URL for a database of this server, for libpq and everything built on it.
    ///
    /// It points at the Unix socket, so it holds no password.
    public func connectionString(database: String) -> String {
        let user = configuration.superuser.percentEncoded
        let host = folder.path.percentEncoded
        return
            "postgresql://\(user)@/\(database.percentEncoded)?host=\(host)&port=\(configuration.access.port)"
    }
}

extension PrivateServer {
    /// What stands in a server's folder.
    public enum Status: Equatable, Sendable {
        /// No data folder yet: `start()` creates it.
        case absent
        /// A data folder, and no server running in it.
        case stopped
        /// A server that takes connections; the id is that of its main process.
        case running(processID: Int32)
    }

    /// What `start()` found to do.
    public enum StartOutcome: Equatable, Sendable {
        /// The server was started.
        case started
        /// It was running already.
        case wasRunning
    }

    /// What `stop(_:)` found to do.
    public enum StopOutcome: Equatable, Sendable {
        /// The server was stopped.
        case stopped
        /// There was nothing running.
        case wasNotRunning
    }

    /// How sessions that are still open are treated when the server stops.
    public enum StopMode: String, Sendable {
        /// Sessions are ended, open transactions rolled back, everything is written to disk.
        case fast
        /// Nothing is finished or flushed, as in a crash; the next start recovers from the log.
        case immediate
    }
}
