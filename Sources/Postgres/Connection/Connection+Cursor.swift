extension Connection {
    /// Declares a server-side cursor, lends it, and closes it.
    ///
    /// A cursor lives inside a transaction and holds its snapshot: keep the span short on a busy database, because
    /// vacuum cannot remove what the snapshot may still see.
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

/// A server-side cursor inside the current transaction, read in blocks.
public final class Cursor {
    private let name: Identifier
    private let format: Format
    private let connection: Connection

    /// Declares the cursor; the transaction must be open.
    public init(
        name: String,
        query: SQL,
        format: Format = .binary,
        on connection: Connection
    ) throws(PostgresError) {
        self.name = Identifier(name)
        self.format = format
        self.connection = connection
        try connection.execute("DECLARE \(identifier: self.name) NO SCROLL CURSOR FOR " + query)
    }

    /// The next `count` rows, fewer at the end, none behind it.
    public func fetch(_ count: Int) throws(PostgresError) -> ResultSet {
        try connection.rows("FETCH FORWARD \(unsafe: String(count)) FROM \(identifier: name)", format: format)
    }

    /// Gives the cursor up before its transaction ends.
    public func close() throws(PostgresError) {
        try connection.execute("CLOSE \(identifier: name)")
    }
}
