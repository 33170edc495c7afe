public import Postgres

/// Writes batches to a sink, after checking both against the catalog.
///
/// Rows of the table are locked in the order of the key, whatever the order of the batch, so that two writers
/// with the same keys wait for each other instead of deadlocking. (Where a table has several unique keys no
/// order is safe for all of them; retry on `40P01`.) A writer describes the table as it was when the writer
/// was made.
///
/// ```swift
/// let sink = Sink.upsert(into: "city_name", columns: ["city_id", "name"], conflict: ["city_id", "name"],
///                        onConflict: .doNothing)
/// let writer = try SinkWriter(sink, on: connection)
/// let outcome = try connection.transaction { try writer.write(batch, on: $0) }
/// ```
public struct SinkWriter: Sendable {
    /// What is written to.
    public var table: TargetTable { plan.table }

    private let plan: SinkPlan
    private let locks: RowLocks

    /// Looks the sink's table up and checks its columns and keys.
    ///
    /// - Throws: ``TargetError`` with all that does not fit; ``PostgresError``.
    public init(_ sink: Sink, locks: RowLocks = .inKeyOrder, on connection: Connection) throws {
        let name: Identifier
        do {
            name = try Identifier(parsing: sink.table)
        } catch {
            throw TargetError.unreadableName(error)
        }
        plan = try SinkPlan(sink, in: TargetTable(name, on: connection))
        self.locks = locks
    }

    /// Writes a batch inside the caller's transaction, or in one of its own where none is open.
    ///
    /// - Throws: ``TargetError`` when the values do not fit the columns or the batch holds duplicates that are to be
    ///   refused; ``PostgresError`` when the server refuses a row.
    public func write(_ batch: Batch, on connection: Connection) throws -> WriteOutcome {
        guard let statements = try statements(for: batch) else { return WriteOutcome() }
        return try inTransaction(connection) { connection in
            let found = try lock(statements, on: connection)
            var outcome = try statements.run(proposed: batch.count, on: connection)
            outcome.missing = found.map { outcome.proposed - outcome.duplicates - $0 } ?? 0
            return outcome
        }
    }

    /// Writes a batch and returns every row of the table that changed, before and after. Meant for a dry run:
    /// call it in a transaction that is rolled back.
    public func writeShowingRows(_ batch: Batch, on connection: Connection) throws -> [RowChange] {
        guard let statements = try statements(for: batch) else { return [] }
        return try inTransaction(connection) { connection in
            _ = try lock(statements, on: connection)
            return try connection.query(statements.writeShowingRows, as: String?.self, String?.self)
                .map { RowChange(before: $0.0, after: $0.1) }
        }
    }

    /// Locks the rows that will be changed and returns their number; `nil` where nothing is locked
    /// beforehand.
    private func lock(_ statements: SinkStatements, on connection: Connection) throws -> Int? {
        switch (plan.action, locks) {
        case (.update, .inKeyOrder), (.delete, .inKeyOrder):
            try connection.queryOne(statements.lock, as: Int.self)
        default: nil
        }
    }

    private func statements(for batch: Batch) throws(TargetError) -> SinkStatements? {
        guard !batch.isEmpty else { return nil }
        try check(batch.columnTypes)
        let names = plan.columns.map(\.name)
        let arrays = names.enumerated().map { (column: $1, values: batch.parameter($0)) }
        let source = RowSource(rows: .arrays(arrays), ordinal: RowSource.ordinalName(besides: names))
        return SinkStatements(plan: plan, source: source)
    }

    private func check(_ types: [PostgresType]) throws(TargetError) {
        guard types.count == plan.columns.count else {
            throw .unsuitable(table.name, [.valueCount(expected: plan.columns.count, found: types.count)])
        }
        let problems = zip(plan.columns, types).filter { !$0.accepts($1) }.map { column, type in
            TargetError.Problem.type(column: column.name, type: column.type, value: type)
        }
        if !problems.isEmpty { throw .unsuitable(table.name, problems) }
    }

    private func inTransaction<Value>(
        _ connection: Connection,
        _ body: (Connection) throws -> Value
    ) throws -> Value {
        connection.transactionStatus == .idle
            ? try connection.transaction { try body($0) } : try body(connection)
    }
}
