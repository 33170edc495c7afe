public import LocalServer
import Postgres

/// A copy of a server that follows it, on the same machine, until it is promoted.
///
/// What the primary has written to its log when it dies, and the standby has received by then, is what the promoted one
/// holds: a beginning of the primary's history. It has the primary's system identifier, and another timeline.
public final class StandbyServer: Sendable {
    /// The server itself, which reads only until it is promoted.
    public let server: PrivateServer
    /// What its primary waits for.
    public let mode: Mode
    private let primary: PrivateServer
    private let guardian: Guardian

    /// What the primary waits for.
    public enum Mode: String, CaseIterable, Sendable {
        /// For nothing: what it has committed last may be lost with it.
        case asynchronous
        /// For the standby to have each commit on disk, other than those that are asynchronous themselves.
        case synchronous
    }

    /// Copies the primary and starts the copy.
    public init(of primary: PrivateServer, _ mode: Mode) async throws {
        var configuration = TestServer.throwaway()
        configuration.settings = primary.configuration.settings
        server = PrivateServer(configuration)
        self.primary = primary
        self.mode = mode
        guardian = try await Guardian(over: server)
        do {
            try await server.copy(primary)
            try await server.start()
            try await awaitStreaming()
            if mode == .synchronous { try await beWaitedFor() }
        } catch {
            await guardian.release()
            throw error
        }
    }

    /// Makes it fall behind from now on: it receives nothing more from its primary.
    public func disconnect() throws {
        try server.set("primary_conninfo", "")
    }

    /// Makes it a server of its own right; returns when it can be written to.
    public func promote() throws {
        let connection = try Self.connect(to: server)
        defer { connection.close() }
        _ = try connection.queryOne("SELECT pg_promote(true, 60)", as: Bool.self)
        guard try isPromoted else {
            throw DeadlineError("the promotion of the standby", .seconds(60))
        }
    }

    /// Whether it is a server of its own right.
    public var isPromoted: Bool {
        get throws {
            let connection = try Self.connect(to: server)
            defer { connection.close() }
            return try !connection.queryOne("SELECT pg_is_in_recovery()", as: Bool.self)
        }
    }

    /// Ends it and deletes its folder.
    public func release() async { await guardian.release() }

    private func awaitStreaming() async throws {
        try await awaitPrimary("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'")
    }

    private func beWaitedFor() async throws {
        try primary.set("synchronous_standby_names", "*")
        try await awaitPrimary("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'")
    }

    private func awaitPrimary(_ count: SQL) async throws {
        let connection = try Self.connect(to: primary)
        defer { connection.close() }
        try await eventually("the standby follows") {
            try connection.queryOne(count, as: Int.self) > 0
        }
    }

    private static func connect(to server: PrivateServer) throws -> Connection {
        try Connection(try ConnectionOptions(server.connectionString(database: "postgres")))
    }
}

extension PrivateServer {
    /// Changes a setting of the whole server, now and for later starts; `nil` gives it back its default. One that the
    /// configuration sets cannot be changed in this way.
    public func set(_ name: String, _ value: String?) throws {
        let connection = try Connection(ConnectionOptions(connectionString(database: "postgres")))
        defer { connection.close() }
        // ALTER SYSTEM takes no parameters and no transaction.
        try connection.runScript(
            value.map { "ALTER SYSTEM SET \(name) = '\($0)'" } ?? "ALTER SYSTEM RESET \(name)"
        )
        try connection.runScript("SELECT pg_reload_conf()")
    }
}
