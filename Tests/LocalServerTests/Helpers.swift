import LocalServer
import Subprocess
import TestSupport

@testable import LocalServer

/// A configuration with a folder of its own, watched over by a guardian, for tests that start the server themselves.
func withOwnFolder(_ body: (PrivateServer.Configuration) async throws -> Void) async throws {
    let configuration = TestServer.throwaway()
    let guardian = try await Guardian(over: PrivateServer(configuration))
    do {
        try await body(configuration)
        await guardian.release()
    } catch {
        await guardian.release()
        throw error
    }
}

/// Runs a program for the time of the body, which gets its process id.
func withProgram(
    _ path: String,
    _ arguments: [String],
    as user: ServerUser?,
    _ body: (Int32) async throws -> Void
) async throws {
    _ = try await Subprocess.run(
        .running(path, arguments, as: user),
        input: .none,
        output: .discarded,
        error: .discarded
    ) { execution in
        defer { try? execution.send(signal: .kill) }
        try await body(execution.processIdentifier.value)
    }
}
