import LocalServer
import Postgres
import TestSupport

/// The server of the rounds. After a promotion it is another one, and the next round begins there.
final class Cluster {
    /// By which the runs work, so that it can have limits that the round itself has not.
    static let role = "runner"

    private(set) var server: PrivateServer
    private var promoted: [StandbyServer] = []

    init(_ server: PrivateServer) throws {
        self.server = server
        let connection = try Connection(ConnectionOptions(server.connectionString(database: "postgres")))
        try connection.runScript("CREATE ROLE \(Self.role) LOGIN SUPERUSER")
        connection.close()
    }

    /// A database for a round, with what is to be so in it.
    func prepare(_ number: Int, _ circumstances: Circumstances) async throws -> TestDatabase {
        let name = "round_\(number)"
        try server.set("wal_writer_delay", circumstances.logWriterDelay)
        let database = try await TestDatabase.create(named: name, on: server)
        let connection = try await database.options.connected()
        defer { connection.close() }
        for setting in circumstances.limits?.settings ?? [] {
            try connection.runScript("ALTER ROLE \(Self.role) IN DATABASE \(name) SET \(setting)")
        }
        return database
    }

    /// A standby of the server where the round is about one.
    func standby(_ circumstances: Circumstances) async throws -> StandbyServer? {
        guard let mode = circumstances.standby else { return nil }
        return try await StandbyServer(of: server, mode)
    }

    /// Lets go of what a round leaves behind, its database above all: the copies for standbys shall stay small.
    func tidyUp(_ database: TestDatabase, _ standby: StandbyServer?) async throws {
        if let standby, try standby.isPromoted {
            promoted.append(standby)
            server = standby.server
        } else if let standby {
            try server.set("synchronous_standby_names", nil)
            await standby.release()
        }
        let connection = try await ConnectionOptions(server.connectionString(database: "postgres"))
            .connected()
        defer { connection.close() }
        try connection.runScript("DROP DATABASE \(database.name) WITH (FORCE)")
    }

    /// Ends the servers that were promoted.
    func release() async {
        for standby in promoted { await standby.release() }
    }
}
