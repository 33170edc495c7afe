/// A server-side cursor inside the current transaction, read in blocks.
public final class Cursor {
    let name: Identifier
    let format: Format
    let connection: Connection

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
    ///
    /// - Throws: ``PostgresError``; the cursor is gone then, with its transaction.
    public func fetch(_ count: Int) throws(PostgresError) -> ResultSet {
        try connection.rows(fetching(count), format: format)
    }

    func fetching(_ count: Int) -> SQL {
        "FETCH FORWARD \(unsafe: String(count)) FROM \(identifier: name)"
    }

    /// Gives the cursor up before its transaction ends.
    public func close() throws(PostgresError) {
        try connection.execute("CLOSE \(identifier: name)")
    }
}
