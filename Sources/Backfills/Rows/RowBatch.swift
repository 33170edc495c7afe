import Bulk
import Postgres

/// Rows that were read and transformed ahead of the writer.
struct RowBatch: Sendable {
    /// The rows as they were read.
    let rows: [Row]
    /// The version of each.
    let versions: [TupleVersion]
    /// What the author's code made of them.
    let output: Batch
    /// The keys that the batch covers.
    let bound: ChunkBound

    /// Takes what a cursor returned.
    init(_ result: ResultSet, after cursor: Key?, end: ChunkEnd, upper: Key, work: RowWork) throws {
        let last = try result.last.map(work.key)
        let through = end == .rangeDone ? upper : last ?? upper
        try self.init(result, in: KeyInterval(after: cursor, through: through), end: end, work: work)
    }

    /// Takes the rows of an interval.
    init(_ result: ResultSet, in interval: KeyInterval, end: ChunkEnd, work: RowWork) throws {
        rows = Array(result)
        versions = try rows.map(work.version)
        output = try work.transform(rows)
        bound = ChunkBound(interval: interval, scanned: rows.count, end: end)
    }
}

/// Writes one batch that was read before.
///
/// Between reading and writing the application may have changed the rows. The lock returns the versions that are
/// there now: when they are those that were read, the output is right. Otherwise the rows that moved are read again,
/// now locked, and the whole chunk is transformed again.
struct RowBatchWork: ChunkWork {
    let work: RowWork
    let batch: RowBatch

    func bound(of range: ClaimedRange, on connection: Connection) throws -> ChunkBound? {
        // Rows were read before; a partition that was detached since has none to write.
        try work.key.isStillPart(on: connection) ? batch.bound : nil
    }

    func write(_ bound: ChunkBound, on connection: Connection) throws -> ChunkCounts {
        var counts = ChunkCounts(scanned: bound.scanned)
        let output = try currentOutput(bound, &counts, on: connection)
        counts.changed = try work.writer.write(output, on: connection).changed
        return counts
    }

    func rehearse(_ bound: ChunkBound, on connection: Connection) throws -> Rehearsal {
        var counts = ChunkCounts(scanned: bound.scanned)
        let output = try currentOutput(bound, &counts, on: connection)
        let changes = try work.writer.writeShowingRows(output, on: connection)
        counts.changed = changes.count
        return Rehearsal(counts: counts, target: work.writer.table.name, changes: changes)
    }

    /// The output for the rows as they are now, with the rows locked.
    private func currentOutput(
        _ bound: ChunkBound,
        _ counts: inout ChunkCounts,
        on connection: Connection
    ) throws -> Batch {
        try work.key.preferIndex(for: bound.interval, on: connection)
        let locked = try connection.rows(work.statements.lock(bound.interval), format: .binary)
            .map { try TupleVersion($0, at: 0) }
        counts.matched = locked.count
        if locked == batch.versions { return batch.output }

        let known = Set(batch.versions)
        let moved = locked.filter { !known.contains($0) }
        counts.moved = moved.count
        let still = Set(locked)
        let kept = zip(batch.rows, batch.versions).filter { still.contains($0.1) }.map(\.0)
        let again = try connection.rows(
            work.statements.rows(at: moved.map(\.place), in: bound.interval),
            format: .binary
        )
        return try work.transform(kept + again)
    }
}
