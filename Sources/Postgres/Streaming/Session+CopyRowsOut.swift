extension Session {
    /// Reads the rows of a query by binary COPY as an asynchronous sequence, decoded; see
    /// ``Connection/copyOut(rowsOf:as:options:_:)``.
    ///
    /// ```swift
    /// for try await (id, name) in session.copyOut(rowsOf: "SELECT id, name FROM city", as: Int64.self, String.self) {
    ///     index[id] = name
    /// }
    /// ```
    ///
    /// At most `readAhead` blocks wait decoded; when the loop is slower than the server, the server waits. Leaving the
    /// loop early stops the statement on the server; where rows are often left unread,
    /// ``stream(_:as:blockSize:readAhead:options:)`` costs less.
    ///
    /// The loop throws ``PostgresError``, ``DecodingFailure``, and `CancellationError` for a cancelled task.
    ///
    /// - Parameters:
    ///   - query: a statement that returns rows and has no parameters.
    ///   - types: one for each column, in order.
    ///   - blockSize: the rows that are handed over at a time.
    ///   - readAhead: the blocks that may wait.
    ///   - options: how the transaction begins; it is read-only unless said otherwise.
    public nonisolated func copyOut<each Value: PostgresDecodable>(
        rowsOf query: SQL,
        as types: repeat (each Value).Type,
        blockSize: Int = 1000,
        readAhead: Int = 2,
        options: TransactionOptions = TransactionOptions(access: .readOnly)
    ) -> RowSequence<(repeat each Value)> {
        precondition(blockSize > 0, "a block needs room for a row")
        return RowSequence(readAhead: readAhead) { send in
            try await self.withConnection { connection in
                var block: [(repeat each Value)] = []
                do {
                    try connection.copyOut(rowsOf: query, as: repeat (each Value).self, options: options) {
                        (values: repeat each Value) in
                        block.append((repeat each values))
                        guard block.count >= blockSize else { return }
                        guard send(block) else { throw NobodyListens() }
                        block = []
                    }
                } catch is NobodyListens {
                    return
                }
                if !block.isEmpty { _ = send(block) }
            }
        }
    }
}
