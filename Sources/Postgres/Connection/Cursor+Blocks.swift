import CLibPQ

extension Cursor {
    /// Whether the reader of a cursor wants to go on.
    public enum Demand: Sendable {
        /// The next block, please.
        case more
        /// No more rows are wanted.
        case enough
    }

    /// Hands over all rows in blocks, and has the server make the next ones while a block is used.
    ///
    /// With ``fetch(_:)`` one side waits while the other works; here five million rows took six tenths of the time. In
    /// return the connection is busy: the body cannot run statements on it. Two blocks are on their way at most, and
    /// are thrown away when the body has enough or throws.
    ///
    /// ```swift
    /// try cursor.forEachBlock(of: 1000) { rows in
    ///     for row in rows { total += try row.value(Int.self, at: 0) }
    ///     return .more
    /// }
    /// ```
    ///
    /// - Parameter count: the rows of a block; the last one has fewer.
    /// - Throws: what `body` throws; ``PostgresError``, also for rows that were on their way when the body had enough.
    public func forEachBlock(of count: Int, _ body: (ResultSet) throws -> Demand) throws {
        // By itself, because its types may have to be looked up, and because it is often the only one.
        let first = try fetch(count)
        guard try !first.isEmpty && body(first) == .more && first.count == count else { return }
        var pipe = try FetchPipe(self, blockSize: count)
        do {
            while let rows = try pipe.next(), try body(rows) == .more {}
        } catch {
            try? pipe.close()
            throw error
        }
        try pipe.close()
    }
}

/// The FETCH statements that are on their way (manual, 34.5 "Pipeline Mode").
///
/// The manual's deadlock, where both sides wait for room to write, cannot come up: what is sent is a few hundred bytes.
private struct FetchPipe {
    /// One is being made while the one before it is being read; a third would only wait.
    private static let depth = 2

    private let connection: Connection
    private let statement: String
    private let format: Format
    private let blockSize: Int
    private var outstanding = 0
    private var isAtEnd = false

    init(_ cursor: Cursor, blockSize: Int) throws(PostgresError) {
        connection = cursor.connection
        statement = cursor.fetching(blockSize).text
        format = cursor.format
        self.blockSize = blockSize
        let handle = try connection.open()
        guard PQenterPipelineMode(handle) == 1 else { throw connection.sendFailure(handle) }
    }

    mutating func next() throws(PostgresError) -> ResultSet? {
        guard !isAtEnd else { return nil }
        while outstanding < Self.depth { try request() }
        let rows = try take()
        isAtEnd = rows.count < blockSize
        return rows.isEmpty ? nil : rows
    }

    /// Takes what is on its way and leaves the connection as it was.
    ///
    /// - Throws: the first error among it. A connection that cannot be left in order is closed.
    mutating func close() throws(PostgresError) {
        var failure: PostgresError?
        while outstanding > 0, connection.isOpen {
            do { _ = try take() } catch { failure = failure ?? error }
        }
        if let handle = connection.handle, PQexitPipelineMode(handle) != 1 { connection.close() }
        if let failure { throw failure }
    }

    private mutating func request() throws(PostgresError) {
        try connection.send(statement, [], format)
        let handle = try connection.open()
        guard PQpipelineSync(handle) == 1 else { throw connection.sendFailure(handle) }
        outstanding += 1
    }

    private mutating func take() throws(PostgresError) -> ResultSet {
        outstanding -= 1
        let rows: ResultSet?
        do {
            rows = try connection.takeResult(of: statement)
        } catch {
            if connection.isOpen { try connection.takeSync() }
            throw error
        }
        try connection.takeSync()
        guard let rows else { throw connection.lost() }
        if format == .binary { try connection.lookUpTypes(of: rows) }
        return rows
    }
}
