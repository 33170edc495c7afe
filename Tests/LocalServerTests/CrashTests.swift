import LocalServer
import Postgres
import TestSupport
import Testing

/// What the tests of crashes and promotions rest on.
@Suite(.serialized) struct `A server that dies` {
    private static func make(on server: PrivateServer) async throws -> TestDatabase {
        let database = try await TestDatabase.create(named: "crash", on: server)
        try database.connection().runScript("CREATE TABLE note (text text)")
        return database
    }

    private static func notes(_ database: TestDatabase) throws -> [String] {
        try database.connection().query("SELECT text FROM note ORDER BY text", as: String.self)
    }

    @Test func `forgets what nobody waited for, when the client has its error and before it says more`()
        async throws
    {
        var configuration = TestServer.throwaway()
        configuration.settings["wal_writer_delay"] = "10s"
        try await TestServer.withOwn(configuration) { server in
            let database = try await Self.make(on: server)
            for crash in Crash.allCases {
                // Whoever is slow meets the moment, once in ten seconds, in which the server writes what nobody waits for.
                var attempts = 0
                repeat {
                    attempts += 1
                    try await Self.crash(crash, database)
                } while try Self.notes(database) != [] && attempts < 5
                #expect(try Self.notes(database) == [])
            }
        }
    }

    private static func crash(_ crash: Crash, _ database: TestDatabase) async throws {
        try await withFaultProxy(for: database) { proxy in
            let connection = try Connection(proxy.options)
            let crashed = proxy.arm(.reply(sqlState: "22012"), .crash(crash))
            try connection.runScript("DELETE FROM note")
            try connection.runScript("SET synchronous_commit = off; INSERT INTO note VALUES ('lost')")
            #expect(try Self.notes(database) == ["lost"])
            let error = #expect(throws: PostgresError.self) {
                try connection.runScript("SELECT 1 / 0")
            }
            #expect(error?.sqlState?.rawValue == "22012")
            #expect(throws: PostgresError.self) {
                try connection.runScript("INSERT INTO note VALUES ('never sent')")
            }
            try await crashed.wait()
            #expect(throws: Never.self) { try Connection(proxy.options) }
        }
    }

    @Test func `can crash behind a statement that was answered`() async throws {
        try await TestServer.withOwn { server in
            let database = try await Self.make(on: server)
            try await withFaultProxy(for: database) { proxy in
                let connection = try Connection(proxy.options)
                let crashed = proxy.arm(.statement(containing: "INSERT INTO note"), .crash(.backend))
                #expect(try connection.execute("INSERT INTO note VALUES (\("kept"))") == 1)
                try await crashed.wait()
            }
            #expect(try Self.notes(database) == ["kept"])
        }
    }

    @Test(arguments: StandbyServer.Mode.allCases)
    func `is followed by a standby that has what it was told, and no more`(
        mode: StandbyServer.Mode
    ) async throws {
        try await TestServer.withOwn { server in
            let database = try await Self.make(on: server)
            let standby = try await StandbyServer(of: server, mode)
            let identity: SQL = "SELECT system_identifier FROM pg_control_system()"
            let cluster = try database.connection().queryOne(identity, as: Int64.self)
            try database.connection().execute("INSERT INTO note VALUES ('kept')")
            if mode == .asynchronous {
                let other = try ConnectionOptions(standby.server.connectionString(database: database.name))
                try await eventually("the standby has it") {
                    try Connection(other).queryOne("SELECT count(*) FROM note", as: Int.self) == 1
                }
                try standby.disconnect()
                try await eventually("the standby is cut off") {
                    try database.connection()
                        .queryOne("SELECT count(*) FROM pg_stat_replication", as: Int.self) == 0
                }
                try database.connection().execute("INSERT INTO note VALUES ('lost')")
            }
            try await withFaultProxy(for: database) { proxy in
                try await server.stop(.immediate)
                try standby.promote()
                proxy.lead(to: standby.server)
                let connection = try Connection(proxy.options)
                #expect(try connection.query("SELECT text FROM note", as: String.self) == ["kept"])
                #expect(try connection.queryOne(identity, as: Int64.self) == cluster)
                try connection.execute("INSERT INTO note VALUES ('written')")
            }
            await standby.release()
        }
    }
}
