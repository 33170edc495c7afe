public import Postgres

extension Session {
    /// Writes what a closure makes of the elements of an asynchronous sequence, chunk by chunk, each in a
    /// transaction of its own.
    ///
    /// At most one chunk is held in memory: while it is written nothing is taken from the sequence. No transaction
    /// is open while the sequence is waited for.
    ///
    /// ```swift
    /// let result = try await session.write(lines, to: sink) { line, batch in
    ///     try batch.append(line.number, line.text)
    /// }
    /// ```
    ///
    /// - Throws: as the blocking `connection.write(_:to:options:)`, and what the sequence throws; all of them inside a
    ///   ``WriteStopped`` when some chunks are committed already.
    @discardableResult
    public func write<Rows: AsyncSequence>(
        _ rows: Rows,
        to sink: Sink,
        options: WriteOptions = WriteOptions(transactions: .perChunk),
        isolation: isolated (any Actor)? = #isolation,
        _ append: (Rows.Element, inout Batch) throws -> Void
    ) async throws -> WriteResult {
        var run = AsyncWriteRun(sink, options) { try await self.withConnection($0) }
        return try await run.run(rows, isolation: isolation, append)
    }
}

extension SessionPool {
    /// The same by the sessions of a pool: each chunk borrows one for as long as it is written. See
    /// ``Postgres/Session/write(_:to:options:isolation:_:)``.
    @discardableResult
    public func write<Rows: AsyncSequence>(
        _ rows: Rows,
        to sink: Sink,
        options: WriteOptions = WriteOptions(transactions: .perChunk),
        isolation: isolated (any Actor)? = #isolation,
        _ append: (Rows.Element, inout Batch) throws -> Void
    ) async throws -> WriteResult {
        var run = AsyncWriteRun(sink, options) { try await self.withConnection($0) }
        return try await run.run(rows, isolation: isolation, append)
    }
}
