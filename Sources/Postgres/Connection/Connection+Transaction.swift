import CLibPQ

extension Connection {
    /// Runs `body` in a transaction: commits when it returns, rolls back when it throws.
    ///
    /// The body must not end the transaction itself. The error of the body is rethrown as it is when the rollback
    /// after it worked, or when the connection is lost, which rolls back too.
    ///
    /// ```swift
    /// try connection.transaction(TransactionOptions(settings: [.init("lock_timeout", "2s")])) { connection in
    ///     try connection.execute("UPDATE account SET balance = balance - 10 WHERE id = \(1)")
    /// }
    /// ```
    ///
    /// - Throws: what `body` throws; ``TransactionError`` when COMMIT was answered with ROLLBACK, when its outcome is
    ///   not known, or when the rollback failed.
    public func transaction<Value>(
        _ options: TransactionOptions = TransactionOptions(),
        _ body: (Connection) throws -> Value
    ) throws -> Value {
        try run(
            { connection, _ in try body(connection) },
            after: { try begin(options) },
            thenEnd: { try commit() }
        )
    }

    /// Runs statements that are all known beforehand in a transaction, in one round trip, and returns their results.
    ///
    /// - Throws: ``PostgresError`` of the first statement that failed; ``TransactionError``, also where the connection was
    ///   lost on the way and nobody knows whether the COMMIT arrived.
    @discardableResult
    package func transaction(
        _ options: TransactionOptions = TransactionOptions(),
        of statements: [SQL]
    ) throws -> [ResultSet] {
        let start = withOwnSettings(options).beginStatements
        do {
            let answers = try batch(start + statements + ["COMMIT"])
            if answers.last?.commandTag == "ROLLBACK" { throw TransactionError.rolledBackByServer }
            return Array(answers[start.count..<start.count + statements.count])
        } catch let error as PipelineError where error.cause.isConnectionLost {
            close()
            throw TransactionError.outcomeUnknown(error.cause)
        } catch let error as PipelineError {
            throw rollBack(after: error.cause)
        }
    }

    /// Runs `body` in a transaction whose first statements travel with BEGIN and whose last ones with COMMIT.
    ///
    /// - Parameters:
    ///   - opening: run first; their results are handed to the body.
    ///   - body: returns what is left to be done, and what to make of its results.
    /// - Throws: as ``transaction(_:_:)``; statements of both ends fail with their own ``PostgresError``.
    package func transaction<Value>(
        _ options: TransactionOptions = TransactionOptions(),
        opening: [SQL],
        _ body: (Connection, [ResultSet]) throws -> TransactionEnd<Value>
    ) throws -> Value {
        try run(body, after: { try begin(options, opening: opening) })
    }

    /// Begins a transaction that ``endTransaction(_:)`` is to end, for those who do something else between the two.
    ///
    /// - Parameter opening: run first, in the same round trip.
    /// - Returns: their results.
    /// - Throws: ``PostgresError`` of a statement; no transaction is open then.
    package func beginTransaction(
        _ options: TransactionOptions = TransactionOptions(),
        opening: [SQL]
    ) throws -> [ResultSet] {
        do {
            return try begin(options, opening: opening)
        } catch {
            throw abandon(after: error)
        }
    }

    /// Commits a transaction that ``beginTransaction(_:opening:)`` has begun, or rolls it back when `body` throws.
    ///
    /// - Throws: as ``transaction(_:opening:_:)``.
    package func endTransaction<Value>(_ body: (Connection) throws -> TransactionEnd<Value>) throws -> Value {
        try run({ connection, _ in try body(connection) }, after: {})
    }

    private func run<First, Value>(
        _ body: (Connection, First) throws -> TransactionEnd<Value>,
        after begin: () throws -> First
    ) throws -> Value {
        var closing: [SQL] = []
        var answers: [ResultSet] = []
        let end = try run(
            { connection, first in
                let end = try body(connection, first)
                closing = end.statements
                return end
            },
            after: begin,
            thenEnd: {
                do {
                    answers = try commit(after: closing)
                } catch let error as PipelineError {
                    throw error.cause
                }
            }
        )
        return try end.value(answers)
    }

    /// Runs `body` in a transaction that is rolled back whatever happens: for looking at what a statement would do.
    ///
    /// ```swift
    /// let changes = try connection.rolledBackTransaction { try $0.execute("DELETE FROM city WHERE id < 0") }
    /// ```
    ///
    /// - Throws: as ``transaction(_:_:)``, except that nothing is committed and so no outcome can be unknown.
    public func rolledBackTransaction<Value>(
        _ options: TransactionOptions = TransactionOptions(),
        _ body: (Connection) throws -> Value
    ) throws -> Value {
        try run(
            { connection, _ in try body(connection) },
            after: { try begin(options) },
            thenEnd: { try runScript("ROLLBACK") }
        )
    }

    private func run<First, Value>(
        _ body: (Connection, First) throws -> Value,
        after begin: () throws -> First,
        thenEnd end: () throws -> Void
    ) throws -> Value {
        let first: First
        do {
            first = try begin()
        } catch {
            // A setting may have been refused after BEGIN.
            throw abandon(after: error)
        }
        let value: Value
        do {
            value = try body(self, first)
            guard transactionStatus != .idle else { throw TransactionError.endedInside }
        } catch {
            throw abandon(after: error)
        }
        try end()
        return value
    }

    private func begin(_ options: TransactionOptions) throws(PostgresError) -> ResultSet {
        try runScript(withOwnSettings(options).beginStatements)
    }

    private func begin(_ options: TransactionOptions, opening: [SQL]) throws -> [ResultSet] {
        let start = withOwnSettings(options).beginStatements
        return Array(try rows(ofAll: start + opening).dropFirst(start.count))
    }

    /// The caller's own settings come last and win.
    private func withOwnSettings(_ options: TransactionOptions) -> TransactionOptions {
        var options = options
        options.settings = transactionSettings + options.settings
        return options
    }

    @discardableResult
    private func commit(after last: [SQL]) throws -> [ResultSet] {
        do {
            let answers = try batch(last + ["COMMIT"])
            if answers.last?.commandTag == "ROLLBACK" { throw TransactionError.rolledBackByServer }
            return answers.dropLast()
        } catch let error as PipelineError where error.cause.isConnectionLost {
            close()
            throw TransactionError.outcomeUnknown(error.cause)
        } catch let error as PipelineError {
            // A refused COMMIT has ended the transaction.
            throw error.index < last.count ? abandon(after: error) : error.cause
        }
    }

    private func commit() throws {
        do {
            let tag = try rows("COMMIT").commandTag
            if tag == "ROLLBACK" { throw TransactionError.rolledBackByServer }
        } catch let error as PostgresError where error.isConnectionLost {
            close()
            throw TransactionError.outcomeUnknown(error)
        }
    }

    /// Rolls an open transaction back and says what is to be thrown: the cause, or both errors where the rollback failed too.
    package func rollBack(after cause: any Error) -> any Error {
        abandon(after: cause)
    }

    private func abandon(after cause: any Error) -> any Error {
        guard isOpen else {
            close()
            return cause
        }
        do {
            if transactionStatus != .idle { try runScript("ROLLBACK") }
            return cause
        } catch {
            close()
            return error.isConnectionLost
                ? cause : TransactionError.cleanupFailed(cause: cause, cleanup: error)
        }
    }
}

/// What is left to be done in a transaction when its body has ended.
package struct TransactionEnd<Value> {
    let statements: [SQL]
    let value: ([ResultSet]) throws -> Value

    /// - Parameters:
    ///   - statements: sent with COMMIT.
    ///   - value: makes the transaction's value of their results, when it is committed.
    package init(_ statements: [SQL], value: @escaping ([ResultSet]) throws -> Value) {
        (self.statements, self.value) = (statements, value)
    }

    /// Nothing is left to be done.
    package init(_ value: Value) {
        self.init([]) { _ in value }
    }
}
