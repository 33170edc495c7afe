import Postgres

/// Sends batches to a sink by one method.
struct BatchSender: Sendable {
    /// Writes one source of rows and says what became of them; by default the counts are all that is wanted.
    typealias Perform = (SinkWriter, RowSource, Int, Connection) throws -> WriteOutcome

    let writer: SinkWriter
    let method: WriteMethod

    /// PostgreSQL counts parameters in 16 bits.
    private static let parameterLimit = 65_535

    /// Writes a batch inside a transaction.
    func send(_ batch: Batch, on connection: Connection, _ perform: Perform) throws -> WriteOutcome {
        try writer.check(batch.columnTypes)
        switch method {
        case .unnest: return try perform(writer, writer.arrays(batch), batch.count, connection)
        case .copy: return try copy(batch, on: connection)
        case .values: return try sendValues(batch, on: connection, perform)
        case .staged:
            var set = StagedSet(writer, types: batch.columnTypes)
            try set.create(on: connection)
            try set.append(batch, startingAt: 0, on: connection)
            return try set.finish(rows: batch.count, on: connection) {
                try perform(writer, $0, $1, connection)
            }
        }
    }

    private func copy(_ batch: Batch, on connection: Connection) throws -> WriteOutcome {
        let statement = CopyStatements.copy(into: writer.table.name, writer.columnNames, format: "binary")
        var outcome = WriteOutcome()
        outcome.inserted = try connection.copyIn(statement) { copy in
            copy.buffer.append(contentsOf: BinaryRowWriter.header)
            try batch.copy(to: copy, ordinal: nil)
            copy.buffer.append(Int16(-1))
        }
        outcome.proposed = batch.count
        return outcome
    }

    private func sendValues(
        _ batch: Batch,
        on connection: Connection,
        _ perform: Perform
    ) throws -> WriteOutcome {
        let rows = batch.parameters()
        let limit = max(1, Self.parameterLimit / max(1, writer.columnNames.count))
        var outcome = WriteOutcome()
        for start in stride(from: 0, to: rows.count, by: limit) {
            let part = Array(rows[start..<min(start + limit, rows.count)])
            let source = RowSource(rows: .values(columns: writer.columnNames, part), ordinal: writer.ordinal)
            outcome += try perform(writer, source, part.count, connection)
        }
        return outcome
    }
}
