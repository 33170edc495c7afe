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
        try run(options, body) { try commit() }
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
        try run(options, body) { try runScript("ROLLBACK") }
    }

    private func run<Value>(
        _ options: TransactionOptions,
        _ body: (Connection) throws -> Value,
        thenEnd end: () throws -> Void
    ) throws -> Value {
        try begin(options)
        let value: Value
        do {
            value = try body(self)
            guard transactionStatus != .idle else { throw TransactionError.endedInside }
        } catch {
            throw abandon(after: error)
        }
        try end()
        return value
    }

    private func begin(_ options: TransactionOptions) throws {
        var options = options
        // The caller's own come last and win.
        options.settings = transactionSettings + options.settings
        do {
            try runScript(options.beginScript.text)
        } catch {
            // A setting may have been refused after BEGIN.
            throw abandon(after: error)
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

    /// Rolls back and says what is to be thrown.
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
