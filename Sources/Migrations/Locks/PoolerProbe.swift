import Postgres

/// Finds out whether a session stays with one backend of the server.
///
/// A pooler invents the process id that it tells its clients at the start, so an id that differs from the backend's own
/// gives it away. Whether it shares sessions shows when two clients are open at once: in session mode each has a backend
/// for itself; in transaction mode the second is given the one that the first is not using just now, or the first finds
/// another in its place.
struct PoolerProbe {
    /// Two are enough for a pool of any size that hands out what is free; the third is for one that takes turns.
    private static let clients = 3

    /// How long another client may take: a pool in session mode may have no backend left for it.
    private static let limit = Duration.seconds(2)

    let open: () throws -> Connection

    /// The backend behind the connection.
    /// - Throws: ``PoolerError/sharesSessions``.
    func check(_ connection: Connection) throws -> Int32 {
        let backend = try Self.backend(of: connection)
        guard backend != connection.backendID else { return backend }
        var others: [Connection] = []
        defer { others.forEach { $0.close() } }
        for _ in 0..<Self.clients {
            guard let other = try? open() else { break }
            others.append(other)
            guard let theirs = Self.backendInTransaction(of: other) else { break }
            // The others keep their transactions open, so the first cannot be given the same again by chance.
            if try theirs == backend || Self.backend(of: connection) != backend {
                throw PoolerError.sharesSessions
            }
        }
        return backend
    }

    private static func backend(of connection: Connection) throws(PostgresError) -> Int32 {
        try connection.queryOne("SELECT pg_catalog.pg_backend_pid()", as: Int32.self)
    }

    /// Nil when there was no answer in time.
    private static func backendInTransaction(of connection: Connection) -> Int32? {
        let start = ContinuousClock.now
        // Closed, not cancelled: the pooler has no backend either that could take the request.
        return try? connection.watched(every: .milliseconds(50)) {
            ContinuousClock.now - start > limit ? .giveUp : .goOn
        } _: {
            try connection.runScript("BEGIN")
            return try backend(of: connection)
        }
    }
}
