/// One connection for asynchronous code: opened when first needed, opened again after it was lost.
///
/// The connection is lent to a synchronous closure. No `await` can stand inside, so nothing can come between the
/// statements of a transaction, and the blocking calls run on a queue that belongs to the session.
///
/// ```swift
/// let session = Session(options)
/// let names = try await session.withConnection { connection in
///     try connection.query("SELECT name FROM city WHERE country_code = \("AD")", as: String.self)
/// }
/// ```
public actor Session {
    private let executor: SessionExecutor
    private let options: ConnectionOptions
    private let settings: [TransactionOptions.Setting]
    private let pooler: Pooler
    private var connection: Connection?
    private var openedAt = ContinuousClock.now
    private var usedAt = ContinuousClock.now

    /// Runs on the session's own queue.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Makes a session; nothing is connected yet.
    ///
    /// - Parameters:
    ///   - settings: parameters of the server for this session.
    ///   - pooler: what stands between; it decides whether the settings are made for each connection or for each
    ///     transaction.
    public init(
        _ options: ConnectionOptions,
        settings: [TransactionOptions.Setting] = [],
        pooler: Pooler = .none
    ) {
        self.options = options
        self.settings = settings
        self.pooler = pooler
        executor = SessionExecutor(label: "postgres.session")
    }

    /// Lends the connection to `body`.
    ///
    /// Cancelling the task asks the server to stop the running statement. The connection is then given up, because a
    /// late cancel request could hit the next statement.
    ///
    /// - Throws: ``PostgresError`` when there is no connection, `CancellationError` when the task was cancelled before
    ///   or during the statement, and whatever `body` throws.
    public func withConnection<Value: Sendable>(
        _ body: @Sendable (Connection) throws -> Value
    ) async throws -> Value {
        try Task.checkCancellation()
        let interruption = Interruption()
        return try await withTaskCancellationHandler {
            try lend(body, interruption)
        } onCancel: {
            interruption.fire()
        }
    }

    /// Ends the connection; the next use opens a new one.
    public func close() {
        connection?.close()
        connection = nil
    }

    /// Sees to it that there is a connection which is not too old and, after a long rest, still answers.
    func prepare(pingAfter: Duration, pingLimit: Duration, maximumLifetime: Duration) throws {
        let now = ContinuousClock.now
        if let connection, connection.isOpen {
            let isOld = now - openedAt > maximumLifetime
            if isOld || (now - usedAt > pingAfter && !connection.answers(within: pingLimit)) { close() }
        }
        _ = try current()
    }

    private func lend<Value>(
        _ body: (Connection) throws -> Value,
        _ interruption: Interruption
    ) throws -> Value {
        let connection = try current()
        try interruption.arm(connection.makeCanceller())
        defer {
            usedAt = .now
            if interruption.disarmedAfterFiring() { close() }
        }
        do {
            return try body(connection)
        } catch let error as PostgresError where error.sqlState == .queryCanceled && Task.isCancelled {
            throw CancellationError()
        }
    }

    private func current() throws -> Connection {
        if let connection, connection.isOpen { return connection }
        let opened = try Connection(options)
        switch pooler {
        case .none: try opened.set(settings)
        case .transaction: opened.transactionSettings = settings
        }
        (openedAt, usedAt) = (.now, .now)
        connection = opened
        return opened
    }
}

extension Connection {
    fileprivate func set(_ settings: [TransactionOptions.Setting]) throws {
        guard !settings.isEmpty else { return }
        let calls = settings.map { "set_config(\($0.name), \($0.value), false)" as SQL }
        try execute("SELECT \(calls.joined(separator: ", "))")
    }
}
