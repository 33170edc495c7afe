import Foundation
import LocalServer
import TestSupport
import Testing

struct `A guardian` {
    private func isGone(_ folder: String, _ process: Int32) -> Bool {
        !FileManager.default.fileExists(atPath: folder) && kill(process, 0) != 0
    }

    @Test func `removes the server when it is released`() async throws {
        let server = PrivateServer(TestServer.throwaway())
        let guardian = try await Guardian(over: server)
        try await server.start()
        guard case .running(let id) = server.status else { throw DeadServer(status: server.status) }
        await guardian.release()
        #expect(isGone(server.configuration.folder, id))
    }

    @Test func `removes the server when its owner is killed`() async throws {
        let folder = TestServer.throwaway().folder
        await #expect(processExitsWith: .signal(SIGKILL)) { [folder = folder as String] in
            var configuration = TestServer.throwaway()
            configuration.folder = folder
            let server = PrivateServer(configuration)
            let guardian = try await Guardian(over: server)
            try await server.start()
            guard case .running(let id) = server.status else { throw DeadServer(status: server.status) }
            try "\(id)".write(toFile: folder + ".id", atomically: true, encoding: .utf8)
            kill(getpid(), SIGKILL)
            await guardian.release()
        }
        defer { try? FileManager.default.removeItem(atPath: folder + ".id") }
        let id = try #require(Int32(String(contentsOfFile: folder + ".id", encoding: .utf8)))
        try await eventually("the guardian to have cleaned up") { isGone(folder, id) }
    }

    @Test func `removes the folder when its owner is killed while it is being made`() async throws {
        let folder = TestServer.throwaway().folder
        await #expect(processExitsWith: .signal(SIGKILL)) { [folder = folder as String] in
            var configuration = TestServer.throwaway()
            configuration.folder = folder
            let server = PrivateServer(configuration)
            let guardian = try await Guardian(over: server)
            async let start = server.start()
            try await eventually("initdb to be at work") {
                let names = try? FileManager.default.contentsOfDirectory(atPath: folder)
                return names?.contains { $0.hasPrefix("data.partial-") } ?? false
            }
            kill(getpid(), SIGKILL)
            _ = try await start
            await guardian.release()
        }
        try await eventually("the guardian to have cleaned up") {
            !FileManager.default.fileExists(atPath: folder)
        }
    }
}
