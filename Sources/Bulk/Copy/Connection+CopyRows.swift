public import Postgres

extension Connection {
    /// Stores rows by COPY in the binary format, the fastest way there is into a table.
    ///
    /// All rows are stored or none; a body that throws ends the copy, and its error is rethrown. Rows that
    /// may already be there are a matter for ``Sink/upsert(into:columns:conflict:onConflict:duplicates:)``.
    ///
    /// ```swift
    /// try connection.copyRows(into: "city", columns: ["id", "name"]) { rows in
    ///     for city in cities { try rows.write(city.id, city.name) }
    /// }
    /// ```
    ///
    /// - Returns: the number of rows stored.
    /// - Throws: ``TargetError`` when table, columns or types do not fit, ``PostgresError``, and what `body` throws.
    @discardableResult
    public func copyRows(
        into table: String,
        columns: [String],
        _ body: (BinaryRowWriter) throws -> Void
    ) throws -> Int {
        let target = try TargetTable(Identifier(parsing: table), on: self)
        let found = try target.columnsForCopy(columns)
        return try copyIn(CopyStatements.copy(into: target.name, columns, format: "binary")) { copy in
            let writer = BinaryRowWriter(copy, table: target.name, columns: found)
            try body(writer)
            try writer.finish()
        }
    }
}

extension TargetTable {
    /// The columns of these names, when COPY can fill them and leaves none without a value that needs one.
    func columnsForCopy(_ names: [String]) throws(TargetError) -> [TargetColumn] {
        let found = names.compactMap { column($0) }
        let unknown = names.filter { column($0) == nil }.map {
            TargetError.Problem.noSuchColumn($0, nearest: NearestNames.of($0, in: columns.map(\.name)))
        }
        // COPY stores the values that it is given in an identity column, ALWAYS or not (manual, COPY).
        let problems =
            unknown + writeProblems(found, isInsert: true, written: names).filter { !$0.isIdentity }
        guard problems.isEmpty, !names.isEmpty else {
            throw .unsuitable(name, problems.isEmpty ? [.noColumns("columns are")] : problems)
        }
        return found
    }
}

extension TargetError.Problem {
    /// Whether it is about a value for a column that numbers itself.
    var isIdentity: Bool {
        if case .identityAlways = self { true } else { false }
    }
}

/// The statements that take rows as a stream.
enum CopyStatements {
    static func copy(into table: Identifier, _ columns: [String], format: SQL) -> SQL {
        let names = columns.map { "\(identifier: $0)" as SQL }.joined(separator: ", ")
        return "COPY \(identifier: table) (\(names)) FROM STDIN (FORMAT \(format))"
    }
}
