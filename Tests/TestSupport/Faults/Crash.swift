import Foundation
public import LocalServer
import Postgres

/// How a server dies without having written what it had in memory: commits that nobody waited for are gone.
public enum Crash: String, CaseIterable, Sendable {
    /// One of its processes is killed. The main process ends all others, throws away what they shared, and recovers; it
    /// goes on taking connections, which are told to come again.
    case backend
    /// All of it is ended without a shutdown, and started again.
    case server

    /// Crashes the server and returns once it has recovered. Blocks, so that it can be called where nothing may go on.
    ///
    /// - Parameter backend: which of its processes is killed; one of a connection of its own when there is none.
    /// - Throws: what the server's restart throws, and `PostgresError` when it does not come back.
    public func strike(_ server: PrivateServer, backend: Int32? = nil) throws {
        switch self {
        case .backend: try Self.kill(backend, of: server)
        case .server: try Self.restart(server)
        }
    }

    private static func kill(_ backend: Int32?, of server: PrivateServer) throws {
        let options = try ConnectionOptions(server.connectionString(database: "postgres"))
        do {
            try kill(backend, by: options)
        } catch let error as PostgresError where error.isTransient {
            // Another crash was quicker: two troubles may come together.
        }
        try awaitRecovery(options)
    }

    /// Another connection sees the crash: until it ends, the main process may not know of it and let somebody in.
    private static func kill(_ backend: Int32?, by options: ConnectionOptions) throws {
        let victim = try Connection(options)
        let witness = try Connection(options)
        let own = try victim.queryOne("SELECT pg_backend_pid()", as: Int32.self)
        guard Foundation.kill(backend ?? own, SIGKILL) == 0 else {
            throw SocketError("kill", "process \(backend ?? own)")
        }
        _ = try? witness.execute("SELECT pg_sleep(20)")
        witness.close()
        victim.close()
    }

    private static func awaitRecovery(_ options: ConnectionOptions) throws {
        let deadline = ContinuousClock.now + .patience
        while true {
            do {
                return try Connection(options).close()
            } catch  where ContinuousClock.now < deadline {
                Thread.sleep(forTimeInterval: 0.01)
            }
        }
    }

    /// On a thread that is not one of the few that tasks share, so that waiting for one holds nobody up.
    private static func restart(_ server: PrivateServer) throws {
        let outcome = RestartOutcome()
        Task.detached {
            do {
                try await server.restart(.immediate)
                outcome.end(nil)
            } catch {
                outcome.end(error)
            }
        }
        if let error = outcome.wait() { throw error }
    }
}

/// Hands the end of a task to a thread that waits for it.
private final class RestartOutcome: @unchecked Sendable {
    private let changed = NSCondition()
    private var isOver = false
    private var error: (any Error)?

    func end(_ error: (any Error)?) {
        changed.lock()
        (isOver, self.error) = (true, error)
        changed.broadcast()
        changed.unlock()
    }

    func wait() -> (any Error)? {
        changed.lock()
        defer { changed.unlock() }
        while !isOver { changed.wait() }
        return error
    }
}

extension PrivateServer {
    /// Crashes it in a way and returns once it has recovered.
    public func crash(_ crash: Crash, backend: Int32? = nil) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            Thread.detachNewThread {
                continuation.resume(with: Result { try crash.strike(self, backend: backend) })
            }
        }
    }
}
