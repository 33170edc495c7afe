import Foundation
import Postgres
import TestSupport
import Testing

@testable import LocalServer

struct `A private server` {
    private func connection(to server: PrivateServer) throws -> Connection {
        try Connection(ConnectionOptions(server.connectionString(database: "postgres")))
    }

    private func processID(of server: PrivateServer) throws -> Int32 {
        guard case .running(let id) = server.status else { throw DeadServer(status: server.status) }
        return id
    }

    @Test func `starts, stops, starts again and leaves nothing behind`() async throws {
        try await TestServer.withOwn { server in
            let first = try processID(of: server)
            #expect(try await server.start() == .wasRunning)
            #expect(try await server.stop() == .stopped)
            #expect(server.status == .stopped)
            #expect(try await server.stop() == .wasNotRunning)
            #expect(try await server.start() == .started)
            #expect(try processID(of: server) != first)
            try await server.remove()
            #expect(server.status == .absent)
            #expect(!FileManager.default.fileExists(atPath: server.configuration.folder))
        }
    }

    @Test func `is started once, however many start it`() async throws {
        try await withOwnFolder { configuration in
            let outcomes = try await withThrowingTaskGroup(of: PrivateServer.StartOutcome.self) { group in
                for _ in 1...4 {
                    group.addTask { try await PrivateServer(configuration).start() }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count { $0 == .started } == 1)
            #expect(outcomes.count { $0 == .wasRunning } == 3)
        }
    }

    @Test func `forgets no commit in an immediate restart`() async throws {
        try await TestServer.withOwn { server in
            try connection(to: server).execute("CREATE TABLE kept AS SELECT 7 AS number")
            try await server.restart(.immediate)
            #expect(try connection(to: server).queryOne("SELECT number FROM kept", as: Int.self) == 7)
        }
    }

    @Test func `starts again after its main process was killed under open connections`() async throws {
        try await TestServer.withOwn { server in
            let idle = try connection(to: server)
            try idle.execute("CREATE TABLE kept AS SELECT 7 AS number")
            let busy = Session(try ConnectionOptions(server.connectionString(database: "postgres")))
            let sleep = Task { try await busy.withConnection { try $0.execute("SELECT pg_sleep(60)") } }
            try await eventually("the sleeping statement") {
                try idle.queryOne(
                    "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'",
                    as: Int.self
                ) == 1
            }
            #expect(kill(try processID(of: server), SIGKILL) == 0)
            try await eventually { server.status == .stopped }
            #expect(try await server.start() == .started)
            #expect(try connection(to: server).queryOne("SELECT number FROM kept", as: Int.self) == 7)
            await #expect(throws: (any Error).self) { try await sleep.value }
        }
    }

    @Test func `starts although another program now has the id of the dead server`() async throws {
        try await TestServer.withOwn { server in
            try await server.stop()
            let user = try ServerUser.forServer()
            try await withProgram("/bin/sleep", ["60"], as: user) { sleeper in
                try "\(sleeper)\n\(server.folder.data)\n".write(
                    toFile: server.folder.postmasterFile,
                    atomically: false,
                    encoding: .utf8
                )
                #expect(try await server.start() == .started)
            }
        }
    }

    @Test func `starts after an interrupted creation of its data folder`() async throws {
        try await withOwnFolder { configuration in
            let server = PrivateServer(configuration)
            let interrupted = Task { try await server.start() }
            try await eventually("initdb to be at work") {
                let names = try? FileManager.default.contentsOfDirectory(atPath: configuration.folder)
                return names?.contains { $0.hasPrefix("data.partial-") } ?? false
            }
            interrupted.cancel()
            await #expect(throws: LocalServerError.self) { try await interrupted.value }
            #expect(server.status == .absent)
            #expect(try await server.start() == .started)
            let names = try FileManager.default.contentsOfDirectory(atPath: configuration.folder)
            #expect(!names.contains { $0.hasPrefix("data.partial-") })
        }
    }

    @Test func `that cannot start says what its log says`() async throws {
        try await withOwnFolder { configuration in
            var wrong = configuration
            wrong.settings["shared_buffers"] = "it's \"much\""
            let server = PrivateServer(wrong)
            let error = await #expect(throws: LocalServerError.self) { try await server.start() }
            #expect(error?.description.contains("invalid value for parameter \"shared_buffers\"") == true)
            #expect(error?.description.hasSuffix("less '\(server.logFile)'") == true)
            let outcome = try await PrivateServer(configuration).start()
            #expect(outcome == .started)
        }
    }

    @Test func `on a port asks for the password there, and not on the socket`() async throws {
        var configuration = TestServer.throwaway()
        let port = try PrivateServer.unusedLoopbackPort()
        configuration.access = .socketAndLoopback(port: port, password: "correct horse")
        #expect(!"\(configuration)".contains("horse"))
        try await TestServer.withOwn(configuration) { server in
            #expect(try connection(to: server).queryOne("SELECT 1", as: Int.self) == 1)
            var options = try ConnectionOptions("host=127.0.0.1 port=\(port) user=postgres dbname=postgres")
            options.set("password", "wrong")
            #expect(throws: PostgresError.self) { try Connection(options) }
            options.set("password", "correct horse")
            #expect(try Connection(options).queryOne("SELECT 1", as: Int.self) == 1)
        }
    }

    @Test func `of a project is durable and lives in a folder made for it`() async throws {
        let base = "/tmp/caisson-base-" + String(UInt32.random(in: 0...UInt32.max), radix: 36)
        try FileManager.default.createDirectory(atPath: base, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: base) }
        let folder = PrivateServer.defaultFolder(forProject: "/home/ada/cities", base: base)
        try await TestServer.withOwn(PrivateServer.Configuration(folder: folder)) { server in
            #expect(try connection(to: server).queryOne("SHOW fsync", as: String.self) == "on")
            let parent = try FileManager.default.attributesOfItem(atPath: "\(base)/caisson-\(geteuid())")
            #expect((parent[.posixPermissions] as? Int).map { $0 & 0o022 } == 0)
        }
    }

    @Test func `listens on no port unless told to`() async throws {
        let server = try await TestServer.shared
        let addresses = try connection(to: server).queryOne("SHOW listen_addresses", as: String.self)
        #expect(addresses == "")
    }

    @Test func `has a URL that survives odd names`() {
        var configuration = PrivateServer.Configuration(folder: "/var/tmp/my data")
        configuration.superuser = "ada@home"
        let url = PrivateServer(configuration).connectionString(database: "ä/?&")
        #expect(url == "postgresql://ada%40home@/%C3%A4%2F%3F%26?host=%2Fvar%2Ftmp%2Fmy%20data&port=5432")
    }
}

struct DeadServer: Error {
    let status: PrivateServer.Status
}
