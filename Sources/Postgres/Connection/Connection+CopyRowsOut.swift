import CLibPQ

extension Connection {
    /// Reads the rows of a query by `COPY (…) TO STDOUT` in the binary format and hands them over one by one, decoded.
    ///
    /// The server sends all rows without being asked for each block, which makes it the fastest way to read many; a
    /// cursor (``withCursor(named:for:format:_:)``) can be left cheaply and lets other statements run in between.
    ///
    /// ```swift
    /// let count = try connection.copyOut(rowsOf: "SELECT id, name FROM city", as: Int64.self, String.self) { id, name in
    ///     names[id] = name
    /// }
    /// ```
    ///
    /// Types are taken as the server describes them, so it is the same decoding as that of binary results. A body that
    /// throws stops the statement on the server, and its error is rethrown; a transaction around it has failed then.
    ///
    /// - Parameters:
    ///   - query: a SELECT, VALUES, or a statement with RETURNING. COPY takes no parameters: write constants with
    ///     `\(literal:)`.
    ///   - types: one for each column, in order; further columns are left out.
    ///   - options: how the transaction begins, where none is open; it is read-only unless said otherwise.
    ///   - body: takes the columns of each row, in the order of the query.
    /// - Returns: the number of rows.
    /// - Throws: ``PostgresError``, ``DecodingFailure`` that names column and row, ``TransactionError``, and what `body`
    ///   throws.
    @discardableResult
    public func copyOut<each Value: PostgresDecodable>(
        rowsOf query: SQL,
        as types: repeat (each Value).Type,
        options: TransactionOptions = TransactionOptions(access: .readOnly),
        _ body: (repeat each Value) throws -> Void
    ) throws -> Int {
        guard query.parameters.isEmpty else {
            throw PostgresError.invalidArgument(
                "COPY takes no parameters: write constants with \\(literal: …), or read by a cursor. \(query)"
            )
        }
        // Description and COPY belong together: a pooler may give each transaction another server.
        guard transactionStatus == .idle else { return try copyRowsOut(query, body) }
        return try transaction(options) { try $0.copyRowsOut(query, body) }
    }

    private func copyRowsOut<each Value: PostgresDecodable>(
        _ query: SQL,
        _ body: (repeat each Value) throws -> Void
    ) throws -> Int {
        var reader = BinaryCopyReader(columns: try columns(of: query))
        return try copyOut("COPY (\(query)) TO STDOUT (FORMAT binary)") { message in
            guard var fields = try reader.row(in: message) else { return }
            try body(repeat try fields.next((each Value).self))
        }
    }

    /// The columns that a query will return.
    private func columns(of query: SQL) throws(PostgresError) -> [ResultSet.Column] {
        try parse(query)
        let handle = try open()
        guard PQsendDescribePrepared(handle, "") == 1 else { throw sendFailure(handle) }
        let result = ResultSet(try finish(statement: query.text))
        try lookUpTypes(of: result)
        return result.columns
    }
}
