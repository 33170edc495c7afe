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
    private let idleEnd: IdleEnd
    private let prepare: @Sendable (Connection) throws -> Void
    private var connection: Connection?
    private var openedAt = ContinuousClock.now
    private var usedAt = ContinuousClock.now

    /// Runs on the session's own queue.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// What becomes of a session that was ended while nobody used it: by `idle_session_timeout`, by a person who tidied
    /// up, by a server that was restarted.
    public enum IdleEnd: Sendable, Hashable {
        /// The next use fails with ``ConnectionFailure/Kind/endedWhileIdle`` before anything is sent, and the one after it
        /// has a new connection. For those who keep something in the session, an advisory lock or a temporary table:
        /// they must know that it is gone.
        case isTold
        /// The next use has a new connection. For those who keep nothing there.
        case isMended
    }

    /// Makes a session; nothing is connected yet.
    ///
    /// - Parameters:
    ///   - settings: parameters of the server for this session.
    ///   - pooler: what stands between; it decides whether the settings are made for each connection or for each
    ///     transaction.
    ///   - idleEnd: what becomes of it when it is ended while nobody uses it.
    public init(
        _ options: ConnectionOptions,
        settings: [TransactionOptions.Setting] = [],
        pooler: Pooler = .none,
        idleEnd: IdleEnd = .isTold
    ) {
        self.init(options, settings: settings, pooler: pooler, idleEnd: idleEnd, prepare: { _ in })
    }

    /// Makes a session each of whose connections is prepared before anybody uses it.
    package init(
        _ options: ConnectionOptions,
        settings: [TransactionOptions.Setting] = [],
        pooler: Pooler = .none,
        idleEnd: IdleEnd = .isTold,
        prepare: @escaping @Sendable (Connection) throws -> Void
    ) {
        self.options = options
        self.settings = settings
        self.pooler = pooler
        self.idleEnd = idleEnd
        self.prepare = prepare
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
        if let connection, connection.wasEndedWhileIdle() { close() }
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
        if let connection, connection.wasEndedWhileIdle() {
            let failure = connection.lost(.endedWhileIdle)
            close()
            if idleEnd == .isTold { throw failure }
        }
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

    /// Opens a connection as all of this session are.
    private var opener: @Sendable () throws -> Connection {
        { [options, settings, pooler, prepare] in
            let opened = try Connection(options)
            switch pooler {
            case .none: try opened.set(settings)
            case .transaction: opened.transactionSettings = settings
            }
            try prepare(opened)
            return opened
        }
    }

    private func current() throws -> Connection {
        if let connection, connection.isOpen { return connection }
        let opened = try opener()
        opened.opener = opener
        (openedAt, usedAt) = (.now, .now)
        connection = opened
        return opened
    }
}

extension Connection {
    fileprivate func set(_ settings: [TransactionOptions.Setting]) throws {
        guard !settings.isEmpty else { return }
        try execute(settings.statement(for: .session))
    }
}
