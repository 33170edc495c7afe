import Postgres

/// A single row of a row backfill, read, transformed and written in one transaction.
struct RowSuspectWork: SuspectWork {
    let work: RowWork

    var key: KeyColumns { work.key }
    var condition: SQLText? { work.statements.condition }
    var lockStrength: LockStrength { .noKeyUpdate }

    /// The next row that needs work. Where the condition itself fails on a row, the next one whatever it is.
    func bound(of range: ClaimedRange, on connection: Connection) throws -> ChunkBound? {
        guard try key.isStillPart(on: connection) else { return nil }
        let found = try trying(on: connection) { try next(range, where: condition, on: connection) }
        let row =
            switch found {
            case .success(let row): row
            case .failure: try next(range, where: nil, on: connection)
            }
        return row.map { row in
            ChunkBound(
                interval: KeyInterval(after: range.cursor, through: row),
                scanned: 1,
                end: row == range.upper ? .rangeDone : .inside
            )
        }
    }

    private func next(
        _ range: ClaimedRange,
        where condition: SQLText?,
        on connection: Connection
    ) throws -> Key? {
        let statement = ChunkStatements.nextKey(key, range.rest, where: condition)
        return Key(try connection.queryOptional(statement, as: TextArray.self))
    }

    func write(_ bound: ChunkBound, on connection: Connection) throws -> ChunkCounts {
        let batch = try RowBatch(bound.interval, end: bound.end, work: work, on: connection)
        return try RowBatchWork(work: work, batch: batch).write(batch.bound, on: connection)
    }

    func rehearse(_ bound: ChunkBound, on connection: Connection) throws -> Rehearsal {
        let batch = try RowBatch(bound.interval, end: bound.end, work: work, on: connection)
        return try RowBatchWork(work: work, batch: batch).rehearse(batch.bound, on: connection)
    }
}
