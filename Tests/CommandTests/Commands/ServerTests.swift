import Foundation
import LocalServer
import TestSupport
import Testing

@Suite struct PrivateServerCommandTests {
    @Test func `--local starts the folder's own server, and stop ends it`() async throws {
        let project = try Project(Samples.files)
        let folder = PrivateServer.defaultFolder(forProject: project.folder)
        let server = PrivateServer(.init(folder: folder))
        let guardian = try await Guardian(over: server)
        let before = try await project.caisson("server status --json")
        #expect(try before.jsonLines().first?["event"] == .string("server.not_running"))
        let up = try await project.caisson("migrate up --local")
        expectStatus(0, up)
        #expect(up.errorOutput.contains("caisson server stop"))
        expectStatus(0, try await project.caisson("backfill run label_items --local --quiet"))
        let started = try await project.caisson("server start --json").jsonLines()
        #expect(started.first?["event"] == .string("server.running"))
        #expect(started.first?["folder"] == .string(folder))
        let url = try #require(started.first?["url"]?.text)
        expectStatus(
            0,
            try await project.caisson("status --exit-code --quiet --migrations migrations --database \(url)")
        )
        #expect(
            try await project.caisson("server stop --json").jsonLines().first?["event"]
                == .string("server.stopped")
        )
        let gone = try await project.caisson("status --database \(url)")
        expectStatus(1, gone)
        await guardian.release()
        try await server.remove()
    }
}

#if os(Linux)
    @Suite struct PrivateServerEnvironmentTests {
        @Test func `the private server knows nothing of our environment`() async throws {
            let secrets = ["DATABASE_URL": "postgresql://u:EnvS3cret@h/db", "SOME_KEY": "AnotherS3cret"]
            let project = try Project(environment: secrets)
            let server = PrivateServer(.init(folder: PrivateServer.defaultFolder(forProject: project.folder)))
            let guardian = try await Guardian(over: server)
            expectStatus(0, try await project.caisson("server start"))
            guard case .running(let pid) = server.status else { throw CancellationError() }
            let environment = try String(contentsOfFile: "/proc/\(pid)/environ", encoding: .utf8)
            #expect(!environment.contains("S3cret") && environment.contains("PATH="))
            await guardian.release()
            try await server.remove()
        }
    }
#endif
