/// A bounded number of sessions to the same database, handed out one user at a time.
///
/// Those who find no free session wait in the order in which they came. A connection that broke, grew old or does not
/// answer is replaced before anybody gets it.
///
/// ```swift
/// var configuration = SessionPool.Configuration()
/// configuration.limit = 8
/// configuration.statementTimeout = .seconds(10)
/// let pool = SessionPool(options, configuration)
/// let count = try await pool.withConnection { try $0.queryOne("SELECT count(*) FROM city", as: Int.self) }
/// ```
public actor SessionPool {
    private let options: ConnectionOptions
    private let configuration: Configuration
    private var idle: [Session] = []
    private var opened = 0
    private var queue = WaitQueue()

    /// Makes a pool; nothing is connected yet.
    public init(_ options: ConnectionOptions, _ configuration: Configuration = Configuration()) {
        precondition(configuration.limit > 0, "a pool needs room for a session")
        var options = options
        if let name = configuration.applicationName { options.applicationName = name }
        self.options = options
        self.configuration = configuration
    }

    /// Makes a pool with all defaults but one.
    ///
    /// - Parameter limit: the most sessions at a time, at least one.
    public init(_ options: ConnectionOptions, limit: Int) {
        var configuration = Configuration()
        configuration.limit = limit
        self.init(options, configuration)
    }

    /// Lends a connection of a free session to `body`, see ``Session/withConnection(_:)``.
    ///
    /// A connection that comes back with a transaction left open is closed.
    ///
    /// - Throws: ``PoolError`` when no session became free in time, ``PostgresError`` when there is no connection,
    ///   `CancellationError` when the task was cancelled, also while it waited, and whatever `body` throws.
    public func withConnection<Value: Sendable>(
        _ body: @Sendable (Connection) throws -> Value
    ) async throws -> Value {
        try await withSession { session in
            try await session.withConnection { connection in
                defer {
                    if connection.transactionStatus != .idle { connection.close() }
                }
                return try body(connection)
            }
        }
    }

    /// Lends a whole session, connected: for streams and for work that goes back and forth between the connection
    /// and asynchronous code.
    ///
    /// - Throws: as ``withConnection(_:)``.
    public func withSession<Value: Sendable>(
        _ body: @Sendable (Session) async throws -> Value
    ) async throws -> Value {
        let session = try await take()
        defer { giveBack(session) }
        try await connect(session)
        return try await body(session)
    }

    /// Ends all sessions that are not in use.
    public func close() async {
        let sessions = idle
        idle = []
        opened -= sessions.count
        for session in sessions { await session.close() }
    }

    /// How many tasks wait for a session at this moment.
    public var waitingCount: Int { queue.count }

    private func connect(_ session: Session) async throws {
        var attempt = 1
        while true {
            do {
                return try await session.prepare(
                    pingAfter: configuration.pingAfter,
                    pingLimit: configuration.pingLimit,
                    maximumLifetime: configuration.maximumLifetime
                )
            } catch let error as PostgresError where error.mayPassSoon {
                guard let delay = configuration.backoff.delay(afterAttempt: attempt) else { throw error }
                attempt += 1
                try await Task.sleep(for: .seconds(delay))
            }
        }
    }

    private func take() async throws -> Session {
        try Task.checkCancellation()
        if let session = idle.popLast() { return session }
        guard opened == configuration.limit else {
            opened += 1
            return Session(options, settings: configuration.allSettings, pooler: configuration.pooler)
        }
        return try await wait()
    }

    private func wait() async throws -> Session {
        let ticket = queue.newTicket()
        let began = ContinuousClock.now
        let timer = Task { [configuration] in
            try await Task.sleep(for: configuration.waitLimit)
            let waited = ContinuousClock.now - began
            leave(ticket, PoolError.exhausted(limit: configuration.limit, waited: waited))
        }
        defer { timer.cancel() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                // Cancelled before this point: the handler has run already and found nobody.
                if Task.isCancelled {
                    continuation.resume(throwing: CancellationError())
                } else {
                    queue.append(ticket, continuation)
                }
            }
        } onCancel: {
            Task { await leave(ticket, CancellationError()) }
        }
    }

    private func leave(_ ticket: Int, _ reason: any Error) {
        queue.remove(ticket)?.resume(throwing: reason)
    }

    private func giveBack(_ session: Session) {
        if let first = queue.popFirst() {
            first.resume(returning: session)
        } else {
            idle.append(session)
        }
    }
}

extension PostgresError {
    /// The server is full or starting up.
    fileprivate var mayPassSoon: Bool { sqlState == .tooManyConnections || sqlState == .cannotConnectNow }
}
