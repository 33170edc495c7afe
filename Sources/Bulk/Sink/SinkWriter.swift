public import Postgres

/// Writes batches to a sink, after checking both against the catalog.
///
/// Rows of the table are locked in the order of the key, whatever the order of the batch, so that two writers
/// with the same keys wait for each other instead of deadlocking. (Where a table has several unique keys no
/// order is safe for all of them; retry on `40P01`.) A writer describes the table as it was when the writer
/// was made. Where rows come from a sequence, `connection.write(_:to:)` does all this by itself.
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

    let plan: SinkPlan
    private var locks: RowLocks

    /// Looks the sink's table up and checks its columns and keys.
    ///
    /// - Parameters:
    ///   - sink: where rows will go.
    ///   - types: the types of the values in a row, ``Batch/columnTypes``, where they are known already; what does
    ///     not fit is then part of the same error.
    ///   - locks: who takes the row locks of an update or delete.
    ///   - connection: reads the catalog.
    /// - Throws: ``TargetError`` with all that does not fit; ``PostgresError``.
    public init(
        _ sink: Sink,
        types: [PostgresType]? = nil,
        locks: RowLocks = .inKeyOrder,
        on connection: Connection
    ) throws {
        let name: Identifier
        do {
            name = try Identifier(parsing: sink.table)
        } catch {
            throw TargetError.unreadableName(error)
        }
        plan = try SinkPlan(sink, in: TargetTable(name, on: connection), types: types)
        self.locks = locks
    }

    /// The same, when the caller holds the row locks of every batch.
    package func holdingLocks() -> SinkWriter {
        var writer = self
        writer.locks = .heldByCaller
        return writer
    }

    /// Writes a batch inside the caller's transaction, or in one of its own where none is open. For a sink with
    /// a hierarchy, or one that synchronizes, the batch is the whole set.
    ///
    /// - Throws: ``TargetError`` when the values do not fit the columns or the batch holds duplicates that are to be
    ///   refused; ``PostgresError`` when the server refuses a row.
    public func write(_ batch: Batch, on connection: Connection) throws -> WriteOutcome {
        guard !batch.isEmpty else { return WriteOutcome() }
        try check(batch.columnTypes)
        return try inTransaction(connection) { connection in
            guard plan.hierarchy == nil else { return try writeLevels(batch, on: connection) }
            return try withSource(of: batch, on: connection) {
                try write($0, count: batch.count, on: connection)
            }
        }
    }

    /// The statements that write a batch, for a caller who sends them with others of its own; `nil` where more than one answer
    /// of the server is needed for it.
    ///
    /// - Parameter setting: the name of a setting, local to the transaction, in which the number of changed rows is left.
    /// - Throws: ``TargetError`` when the values do not fit the columns.
    package func statements(for batch: Batch, keepingCountIn setting: String) throws -> [SQL]? {
        guard !batch.isEmpty else { return [] }
        try check(batch.columnTypes)
        guard !plan.needsWholeSet, !batch.holdsArrays else { return nil }
        let statements = SinkStatements(plan: plan, source: arrays(batch))
        // Duplicates that are refused are told by the answer, too late for what is sent behind it.
        if plan.duplicates == .error, statements.settlesDuplicates { return nil }
        return [lockStatement(statements), statements.writeKeepingCount(in: setting)].compactMap(\.self)
    }

    /// Writes a batch and returns every row of the table that changed, before and after. Meant for a dry run:
    /// call it in a transaction that is rolled back.
    public func writeShowingRows(_ batch: Batch, on connection: Connection) throws -> [RowChange] {
        guard !batch.isEmpty else { return [] }
        try check(batch.columnTypes)
        return try inTransaction(connection) { connection in
            try withSource(of: batch, on: connection) { source in
                let statements = SinkStatements(plan: plan, source: source)
                _ = try lock(statements, on: connection)
                return try connection.query(statements.writeShowingRows, as: String?.self, String?.self)
                    .map { RowChange(before: $0.0, after: $0.1) }
            }
        }
    }

    /// Lends the rows as arrays, or from a temporary table where some values are arrays themselves.
    private func withSource<Value>(
        of batch: Batch,
        on connection: Connection,
        _ body: (RowSource) throws -> Value
    ) throws -> Value {
        guard batch.holdsArrays else { return try body(arrays(batch)) }
        var set = StagedSet(self, types: batch.columnTypes)
        try set.create(on: connection)
        try set.append(batch, startingAt: 0, on: connection)
        let value = try body(RowSource(rows: .staged(set.table, level: nil), ordinal: ordinal))
        try connection.execute(set.table.drop)
        return value
    }

    func check(_ types: [PostgresType]) throws(TargetError) {
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

extension SinkWriter {
    var columnNames: [String] { plan.columns.map(\.name) }

    var ordinal: String { RowSource.ordinalName(besides: plan.table.columns.map(\.name)) }

    /// The rows of a batch as arrays that travel with the statement.
    func arrays(_ batch: Batch) -> RowSource {
        let arrays = columnNames.enumerated().map { (column: $1, values: batch.parameter($0)) }
        var keys = AscendingKeys(plan, types: batch.columnTypes)
        keys.take(batch)
        var source = RowSource(rows: .arrays(arrays), ordinal: ordinal)
        source.keys = keys.finding
        return source
    }

    /// Writes the rows of a source, inside a transaction.
    func write(_ source: RowSource, count: Int, on connection: Connection) throws -> WriteOutcome {
        let statements = SinkStatements(plan: plan, source: source)
        if plan.mergesStaged(by: connection.serverVersion), source.isWholeStagedSet,
            let outcome = try StagedMerge(statements).run(rows: count, on: connection)
        {
            return outcome
        }
        let found = try lock(statements, on: connection)
        var outcome = try statements.run(proposed: count, on: connection)
        outcome.missing = found.map { outcome.proposed - outcome.duplicates - $0 } ?? 0
        return outcome
    }

    /// Locks the rows that will be changed and returns how many of the keys were found; `nil` where that does
    /// not matter or nothing is locked beforehand.
    func lock(_ statements: SinkStatements, on connection: Connection) throws -> Int? {
        guard let lock = lockStatement(statements) else { return nil }
        if case .synchronize = plan.action {
            try connection.execute(lock)
            return nil
        }
        return try connection.queryOne(lock, as: Int.self)
    }

    /// What locks them; `nil` where nothing is locked beforehand.
    private func lockStatement(_ statements: SinkStatements) -> SQL? {
        switch (plan.action, locks) {
        case (.update, .inKeyOrder), (.delete, .inKeyOrder): statements.lock
        case (.synchronize, .inKeyOrder): statements.lockChanging
        case (.insert, _), (.upsert, _), (_, .heldByCaller): nil
        }
    }
}
