import Postgres

/// Rows on their way through a temporary table, inside one transaction.
struct StagedSet {
    private let writer: SinkWriter
    let table: StagingTable
    private var keys: AscendingKeys

    init(_ writer: SinkWriter, types: [PostgresType]) {
        self.writer = writer
        table = StagingTable(columns: writer.columnNames, types: types, ordinal: writer.ordinal)
        keys = AscendingKeys(writer.plan, types: types)
    }

    func create(on connection: Connection) throws {
        try connection.execute(table.create)
    }

    /// - Parameter first: the number of rows that are there already.
    mutating func append(_ batch: Batch, startingAt first: Int, on connection: Connection) throws {
        keys.take(batch)
        _ = try connection.copyIn(table.copy) { copy in
            copy.buffer.append(contentsOf: BinaryRowWriter.header)
            try batch.copy(to: copy, ordinal: first + 1)
            copy.buffer.append(Int16(-1))
        }
    }

    /// Writes the rows to their table and lets go of the temporary one.
    ///
    /// - Parameters:
    ///   - rows: the number of rows.
    ///   - write: writes one source of rows.
    func finish(
        rows: Int,
        on connection: Connection,
        _ write: (RowSource, Int) throws -> WriteOutcome
    ) throws -> WriteOutcome {
        // MERGE has one plan that is good for it, and ANALYZE takes 0.15 s for a million rows.
        if !writer.plan.mergesStaged(by: connection.serverVersion) {
            try connection.execute(table.analyze)
        }
        let outcome: WriteOutcome
        if let hierarchy = writer.plan.hierarchy {
            outcome = try writer.writeLevels(table, of: hierarchy, rows: rows, on: connection, write)
        } else {
            var source = RowSource(rows: .staged(table, level: nil), ordinal: table.ordinal)
            source.keys = keys.finding
            outcome = try write(source, rows)
        }
        try connection.execute(table.drop)
        return outcome
    }
}
