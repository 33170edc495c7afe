/// A bounded number of sessions to the same database, handed out one user at a time.
///
/// Those who find no free session wait in the order in which they came.
public actor SessionPool {
    private let options: ConnectionOptions
    private let limit: Int
    private var idle: [Session] = []
    private var opened = 0
    private var waiting: [CheckedContinuation<Session, Never>] = []

    /// Makes a pool; nothing is connected yet.
    ///
    /// - Parameter limit: the most sessions at a time, at least one.
    public init(_ options: ConnectionOptions, limit: Int = 4) {
        precondition(limit > 0, "a pool needs room for a session")
        self.options = options
        self.limit = limit
    }

    /// Lends a connection of a free session to `body`, see ``Session/withConnection(_:)``.
    public func withConnection<Value: Sendable>(
        _ body: @Sendable (Connection) throws -> Value
    ) async throws -> Value {
        let session = await take()
        defer { giveBack(session) }
        return try await session.withConnection(body)
    }

    /// Ends all sessions that are not in use.
    public func close() async {
        let sessions = idle
        idle = []
        opened -= sessions.count
        for session in sessions { await session.close() }
    }

    private func take() async -> Session {
        if let session = idle.popLast() { return session }
        if opened < limit {
            opened += 1
            return Session(options)
        }
        return await withCheckedContinuation { waiting.append($0) }
    }

    private func giveBack(_ session: Session) {
        if waiting.isEmpty {
            idle.append(session)
        } else {
            waiting.removeFirst().resume(returning: session)
        }
    }
}
