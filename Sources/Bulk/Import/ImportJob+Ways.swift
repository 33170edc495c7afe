import Postgres

// The two ways into the table.

extension ImportJob {
    /// How rows that are already there are settled; `nil` where they are an error.
    func mergePlan() throws -> SinkPlan? {
        let action: ConflictAction
        let named: [String]?
        switch load.onConflict {
        case .error: return nil
        case .doNothing(let key): (action, named) = (.doNothing, key)
        case .update(let key): (action, named) = (.updateAll, key)
        }
        let key = named ?? table.primaryKey?.columns ?? []
        let sink = Sink.upsert(
            into: table.name.quoted,
            columns: mapping.columns.map(\.name),
            conflict: .columns(key),
            onConflict: action
        )
        return try SinkPlan(sink, in: table, identity: .overridden)
    }

    /// Sends the rows straight into the table.
    func copy(on connection: Connection, _ onEvent: (ImportEvent) -> Void) throws -> WriteOutcome {
        let statement = CopyStatements.copy(into: table.name, mapping.columns.map(\.name), format: "text")
        var outcome = WriteOutcome()
        outcome.inserted = try send(
            statement,
            as: table.name.name,
            numbered: false,
            limit: .max,
            on: connection,
            onEvent
        )
        (outcome.proposed, outcome.dropped) = (rows, rows - outcome.inserted)
        return outcome
    }

    /// Sends the rows into a table of their own, and from there by one statement.
    func merge(
        _ plan: SinkPlan,
        on connection: Connection,
        _ onEvent: (ImportEvent) -> Void
    ) throws -> WriteOutcome {
        try stage(limit: .max, on: connection, onEvent)
        onEvent(.merging(rows: rows))
        do {
            return try merge(staged: rows, plan, on: connection)
        } catch PostgresError.server(let error) {
            throw ImportError.refused(load.source, error, nil)
        }
    }

    /// Writes the staged rows to the table.
    func merge(staged rows: Int, _ plan: SinkPlan, on connection: Connection) throws -> WriteOutcome {
        var source = RowSource(rows: .table(ImportStatements.staging), ordinal: ordinal)
        if plan.columns.contains(where: { $0.origin == .identityAlways }) {
            source.overriding = "OVERRIDING SYSTEM VALUE "
        }
        return try SinkStatements(plan: plan, source: source).run(proposed: rows, on: connection)
    }

    /// Stores all rows by one statement.
    func store(
        _ merge: SinkPlan?,
        on connection: Connection,
        _ onEvent: (ImportEvent) -> Void
    ) throws -> WriteOutcome {
        if let merge { return try self.merge(merge, on: connection, onEvent) }
        return try copy(on: connection, onEvent)
    }

    /// What became of a file that was stored so.
    func result(_ outcome: WriteOutcome, since start: ContinuousClock.Instant) -> ImportResult {
        ImportResult(
            rowsRead: rows,
            rowsSkipped: 0,
            outcome: outcome,
            blankLines: blankLines,
            bytes: input.bytesRead,
            duration: ContinuousClock.now - start
        )
    }

    /// What makes room for the first row, in the transaction that stores it.
    var clearing: [SQL] {
        load.existingRows == .truncated ? [ImportStatements.truncate(table.name)] : []
    }

    /// What makes the staging table, which is gone with the transaction.
    var staging: [SQL] {
        let names = mapping.columns.map(\.name)
        let loose = table.columns.filter { mayStageNull($0, given: names) }.map(\.name)
        return [ImportStatements.createStaging(like: table, ordinal: ordinal)]
            + (loose.isEmpty ? [] : [ImportStatements.dropNotNull(loose)])
    }

    /// Fills the staging table with the first rows of the file.
    func stage(limit: Int, on connection: Connection, _ onEvent: (ImportEvent) -> Void) throws {
        _ = try connection.rows(ofAll: staging)
        let names = mapping.columns.map(\.name)
        let statement = CopyStatements.copy(into: ImportStatements.staging, names + [ordinal], format: "text")
        _ = try send(
            statement,
            as: ImportStatements.staging.name,
            numbered: true,
            limit: limit,
            on: connection,
            onEvent
        )
    }
}

extension ImportJob {
    /// Whether a NOT NULL column may still be empty here: the server or a trigger fills it in the real table.
    private func mayStageNull(_ column: TargetColumn, given names: [String]) -> Bool {
        guard column.isNotNull, column.origin != .generated else { return false }
        return table.hasBeforeInsertTriggers || (column.origin != .plain && !names.contains(column.name))
    }
}
