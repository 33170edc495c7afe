extension Session {
    /// Reads the rows of a query through a server-side cursor, in the binary format.
    ///
    /// ```swift
    /// for try await (id, name) in session.stream("SELECT id, name FROM city", as: Int64.self, String.self) { ... }
    /// ```
    ///
    /// At most `readAhead` blocks wait decoded; when the loop is slower than the server, the server waits. The cursor
    /// lives in a transaction of its own, whose snapshot holds vacuum back until the loop ends.
    ///
    /// - Parameters:
    ///   - query: a SELECT or VALUES, with parameters where wanted.
    ///   - types: one for each column, in order; further columns are left out.
    ///   - blockSize: the rows of one round trip.
    ///   - readAhead: the blocks that may wait.
    ///   - options: how the transaction begins; it is read-only unless said otherwise.
    /// - Returns: a sequence that runs the query for each loop over it. The loop throws ``PostgresError``,
    ///   ``DecodingFailure``, and `CancellationError` for a cancelled task.
    public nonisolated func stream<each Value: PostgresDecodable>(
        _ query: SQL,
        as types: repeat (each Value).Type,
        blockSize: Int = 1000,
        readAhead: Int = 2,
        options: TransactionOptions = TransactionOptions(access: .readOnly)
    ) -> RowSequence<(repeat each Value)> {
        stream(query, blockSize: blockSize, readAhead: readAhead, options: options) { rows in
            var block: [(repeat each Value)] = []
            block.reserveCapacity(rows.count)
            for row in rows { block.append(try row.decode(repeat (each Value).self)) }
            return block
        }
    }

    /// The same with a function that makes the elements of each block: any number of them, of any type.
    ///
    /// ```swift
    /// let cities = session.stream("SELECT id, name FROM city") { rows in try rows.map { try City($0) } }
    /// ```
    public nonisolated func stream<Element: Sendable>(
        _ query: SQL,
        blockSize: Int = 1000,
        readAhead: Int = 2,
        options: TransactionOptions = TransactionOptions(access: .readOnly),
        decoding decode: @escaping @Sendable (ResultSet) throws -> [Element]
    ) -> RowSequence<Element> {
        precondition(blockSize > 0, "a block needs room for a row")
        return RowSequence(readAhead: readAhead) { send in
            try await self.withConnection { connection in
                try connection.transaction(options) { connection in
                    try connection.withCursor(for: query) { cursor in
                        try cursor.forEachBlock(of: blockSize) { try send(decode($0)) ? .more : .enough }
                    }
                }
            }
        }
    }

    /// Runs `COPY … TO STDOUT` and gives its data message by message; in the text and CSV formats that is a row each,
    /// with its line end. For rows that are decoded, see ``copyOut(rowsOf:as:blockSize:readAhead:options:)``.
    ///
    /// ```swift
    /// for try await line in session.copyOut("COPY city TO STDOUT (FORMAT csv)") { file.write(Data(line)) }
    /// ```
    ///
    /// The loop throws ``PostgresError``, and `CancellationError` for a cancelled task.
    ///
    /// - Parameter readAhead: the blocks of about 64 KiB that may wait.
    public nonisolated func copyOut(_ statement: SQL, readAhead: Int = 4) -> RowSequence<[UInt8]> {
        RowSequence(readAhead: readAhead) { send in
            try await self.withConnection { connection in
                var block: [[UInt8]] = []
                var size = 0
                do {
                    _ = try connection.copyOut(statement) { data in
                        block.append([UInt8](data))
                        size += data.count
                        guard size >= CopyWriter.flushSize else { return }
                        guard send(block) else { throw NobodyListens() }
                        (block, size) = ([], 0)
                    }
                } catch is NobodyListens {
                    return
                }
                if !block.isEmpty { _ = send(block) }
            }
        }
    }
}

/// Ends a COPY whose reader has left its loop.
struct NobodyListens: Error {}
