public import Postgres

extension Session {
    /// Stores what a closure makes of the elements of an asynchronous sequence by one COPY in the binary format: all
    /// rows or none.
    ///
    /// The sequence is read ahead by about a thousand elements and waits when the server is slower. The COPY is open
    /// for as long as the sequence lasts: where it may be silent for long, write in chunks by
    /// `write(_:to:options:isolation:_:)`, which holds no transaction while it waits.
    ///
    /// ```swift
    /// let stored = try await session.copyRows(lines, into: "line", columns: ["number", "text"]) { line, rows in
    ///     try rows.write(line.number, line.text)
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - elements: what rows are made of.
    ///   - table: the table, named as in SQL.
    ///   - columns: the columns by their exact names.
    ///   - write: writes any number of rows for an element; called on the session's own queue.
    /// - Returns: the number of rows stored.
    /// - Throws: as the blocking `connection.copyRows(into:columns:_:)`; what the sequence throws, as it is, after
    ///   CopyFail; `CancellationError` when the task was cancelled, also while it waited for the sequence.
    @discardableResult
    public nonisolated func copyRows<Elements: AsyncSequence & Sendable>(
        _ elements: Elements,
        into table: String,
        columns: [String],
        _ write: @escaping @Sendable (Elements.Element, BinaryRowWriter) throws -> Void
    ) async throws -> Int where Elements.Element: Sendable {
        try await withConnection(feeding: elements) { connection, elements in
            try connection.copyRows(into: table, columns: columns) { rows in
                try elements.forEach { try write($0, rows) }
            }
        }
    }
}
