import Postgres

/// An empty database for a trial, on the same server as another.
struct ScratchDatabase: Sendable {
    /// How to connect to it.
    let options: ConnectionOptions
    private let name: String
    private let server: ConnectionOptions

    /// Makes one, hands it to the body, and drops it whatever happens.
    static func with<Value: Sendable>(
        on server: ConnectionOptions,
        _ body: (ConnectionOptions) async throws -> Value
    ) async throws -> Value {
        let scratch = ScratchDatabase(on: server)
        try await scratch.create()
        let value: Value
        do {
            value = try await body(scratch.options)
        } catch {
            // The error is what counts; what is left is called caisson_scratch_.
            try? await scratch.drop()
            throw error
        }
        try await scratch.drop()
        return value
    }

    private init(on server: ConnectionOptions) {
        name = "caisson_scratch_" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
        self.server = server
        options = server.database(name)
    }

    private func create() async throws {
        do {
            try await run { try $0.execute("CREATE DATABASE \(identifier: name) TEMPLATE template0") }
        } catch let error as PostgresError where error.sqlState == .insufficientPrivilege {
            throw SquashError.noScratch(error)
        }
    }

    private func drop() async throws {
        // A task of its own: who was cancelled has to clean up all the same.
        try await Task.detached {
            try await run { connection in
                // Before version 13 the server waits a while for sessions that are just ending.
                let force: SQL = connection.serverVersion >= 130_000 ? " WITH (FORCE)" : ""
                try connection.execute("DROP DATABASE IF EXISTS \(identifier: name)\(force)")
            }
        }.value
    }

    private func run(_ body: @Sendable (Connection) throws -> Void) async throws {
        let session = Session(server)
        do {
            try await session.withConnection(body)
        } catch {
            await session.close()
            throw error
        }
        await session.close()
    }
}
