extension Connection {
    /// Declares a server-side cursor, lends it, and closes it.
    ///
    /// A cursor lives inside a transaction and holds its snapshot: keep the span short on a busy database, because
    /// vacuum cannot remove what the snapshot may still see.
    ///
    /// ```swift
    /// try connection.transaction(TransactionOptions(access: .readOnly)) { connection in
    ///     try connection.withCursor(for: "SELECT id, name FROM city") { cursor in
    ///         while case let rows = try cursor.fetch(1000), !rows.isEmpty { try use(rows) }
    ///     }
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - name: told apart from other cursors of the same transaction by it.
    ///   - query: a SELECT or VALUES.
    ///   - format: how the fields come.
    ///   - body: reads the rows; the cursor is closed behind it.
    /// - Throws: ``PostgresError``, also where no transaction is open, and what `body` throws.
    public func withCursor<Value>(
        named name: String = "caisson_cursor",
        for query: SQL,
        format: Format = .binary,
        _ body: (Cursor) throws -> Value
    ) throws -> Value {
        let cursor = try Cursor(name: name, query: query, format: format, on: self)
        let value: Value
        do {
            value = try body(cursor)
        } catch {
            // In a failed transaction the cursor is gone with it; otherwise its name must become free again.
            if transactionStatus == .inTransaction { try? cursor.close() }
            throw error
        }
        try cursor.close()
        return value
    }
}
