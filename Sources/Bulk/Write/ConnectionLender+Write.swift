public import Postgres

extension ConnectionLender {
    /// Writes what a closure makes of the elements of an asynchronous sequence, chunk by chunk, each in a
    /// transaction of its own.
    ///
    /// The next chunk is filled while the server writes one, so at most two are held in memory; when the server is
    /// slower, the sequence waits. No transaction is open while the sequence is waited for. A pool lends a session for
    /// each chunk, and none in between.
    ///
    /// ```swift
    /// let result = try await session.write(lines, to: sink) { line, batch in
    ///     try batch.append(line.number, line.text)
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - rows: what rows are made of.
    ///   - sink: where they go.
    ///   - options: how they are written; chunks can only commit one by one here.
    ///   - isolation: where the sequence is read and `append` is called: where the caller is.
    ///   - append: makes any number of rows of an element.
    /// - Throws: as the blocking `connection.write(_:to:options:)`, and what the sequence throws; all of them inside a
    ///   ``WriteStopped`` when some chunks are committed already. The failure of a chunk is noticed at the next
    ///   element of the sequence.
    @discardableResult
    public func write<Rows: AsyncSequence>(
        _ rows: Rows,
        to sink: Sink,
        options: WriteOptions = WriteOptions(transactions: .perChunk),
        isolation: isolated (any Actor)? = #isolation,
        _ append: (Rows.Element, inout Batch) throws -> Void
    ) async throws -> WriteResult {
        var run = AsyncWriteRun(sink, options, over: self) { RowCollector<Never>.counts }
        try await run.run(rows, isolation: isolation, append)
        return run.result
    }

    /// The same, and returns columns of the rows of the table, decoded.
    ///
    /// ```swift
    /// let (_, keys) = try await session.write(
    ///     names, to: .insert(into: "city", columns: ["name"]), returning: ["id"], order: .input, as: Int64.self
    /// ) { name, batch in try batch.append(name) }
    /// ```
    ///
    /// - Parameters:
    ///   - rows: what rows are made of.
    ///   - sink: where they go.
    ///   - options: how they are written; chunks can only commit one by one here.
    ///   - columns: the columns to return.
    ///   - order: which rows are returned; by default those that changed.
    ///   - types: the types of the columns.
    ///   - isolation: where the sequence is read and `append` is called: where the caller is.
    ///   - append: makes any number of rows of an element.
    /// - Returns: the counts and the rows, all of which are held in memory.
    /// - Throws: as ``write(_:to:options:isolation:_:)``, and for the rows as the blocking
    ///   `connection.write(_:to:options:returning:order:as:append:)`.
    public func write<Rows: AsyncSequence, each Column: PostgresDecodable>(
        _ rows: Rows,
        to sink: Sink,
        options: WriteOptions = WriteOptions(transactions: .perChunk),
        returning columns: [String],
        order: ReturnOrder = .changed,
        as types: repeat (each Column).Type,
        isolation: isolated (any Actor)? = #isolation,
        append: (Rows.Element, inout Batch) throws -> Void
    ) async throws -> (result: WriteResult, rows: [(repeat each Column)]) {
        var run = AsyncWriteRun(sink, options, over: self) {
            ReturnedRows(columns, order, as: repeat each types).collector
        }
        try await run.run(rows, isolation: isolation, append)
        return (run.result, run.rows)
    }
}
