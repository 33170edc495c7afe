public import Postgres

extension Connection {
    /// Stores the rows of a sequence by COPY in the binary format; see ``copyRows(into:columns:_:)``.
    ///
    /// Rows are taken from the sequence as they are sent, so that it may be of any length.
    ///
    /// ```swift
    /// try connection.copyRows(cities.lazy.map { ($0.id, $0.name) }, into: "city", columns: ["id", "name"])
    /// ```
    ///
    /// - Parameters:
    ///   - rows: tuples with one value for each column.
    ///   - table: the table, named as in SQL.
    ///   - columns: the columns by their exact names, in the order of the values.
    /// - Returns: the number of rows stored.
    /// - Throws: as ``copyRows(into:columns:_:)``.
    @discardableResult
    public func copyRows<each Value: PostgresEncodable>(
        _ rows: some Sequence<(repeat each Value)>,
        into table: String,
        columns: [String]
    ) throws -> Int {
        try copyRows(into: table, columns: columns) { writer in
            for row in rows { try writer.write(repeat each row) }
        }
    }
}
