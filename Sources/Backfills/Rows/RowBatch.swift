import Bulk
import Postgres

/// Rows that were read and transformed ahead of the writer.
struct RowBatch: Sendable {
    /// The version of each row as it was read. The rows themselves are let go of: they are most of what a batch takes, and are
    /// wanted again only where one of them has moved.
    let versions: [TupleVersion]
    /// The number of the file that they were read from.
    let file: Int64
    /// What the author's code made of them.
    let output: Batch
    /// The keys that the batch covers.
    let bound: ChunkBound
    /// The memory that the rows took when they were read.
    let taken: BatchRoom.Taken

    /// Transforms rows that were read, as many as there is time for; the batch then covers those.
    init(_ read: RowsRead, work: RowWork, within budget: TransformBudget = .unlimited) throws {
        (file, taken) = (read.file, read.taken)
        let transformed = try work.transform(read.rows, within: budget)
        let done = read.rows.prefix(transformed.count)
        versions = try done.map(work.version)
        var output = transformed.output.batch
        output.seal()
        self.output = output
        if done.count < read.rows.count, let last = done.last {
            let through = try work.key(of: last)
            bound = ChunkBound(
                interval: read.bound.interval.cut(through: through),
                scanned: done.count,
                end: .inside
            )
        } else {
            bound = read.bound
        }
    }

    /// Reads the rows of an interval.
    init(_ interval: KeyInterval, end: ChunkEnd, work: RowWork, on connection: Connection) throws {
        let bound = ChunkBound(interval: interval, scanned: 0, end: end)
        try self.init(RowsRead(bound, work: work, on: connection), work: work)
    }
}

/// Writes one batch that was read before.
///
/// Between reading and writing the application may have changed the rows. The lock returns the versions that are
/// there now: when they are those that were read, the output is right (``RowChunk`` has the server compare them, which costs one
/// round trip for the whole chunk). Otherwise the rows are read again, now locked, and the whole chunk is transformed again.
///
/// That is done with the rows locked, and nothing renews the lease meanwhile. A batch is made of what takes a second at most, or
/// of a single row (``TransformBudget``), so it takes about as long again. Code that takes longer than the lease over one row may
/// lose the range here: the checkpoint then fails, and whoever has the range by now does the row anew. The server itself ends the
/// transaction, and the row locks with it, after half a lease without a statement.
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
        let (locked, file) = try lock(bound.interval, on: connection)
        counts.matched = locked.count
        if file == batch.file, locked == batch.versions { return batch.output }

        let known = file == batch.file ? Set(batch.versions) : []
        counts.moved = locked.count { !known.contains($0) }
        let rows = try connection.rows(
            work.statements.rows(at: locked.map(\.place), in: bound.interval),
            format: .binary
        )
        return try work.transform(rows).output.batch
    }

    /// Locks the rows; their versions, and the file in which these are, in one round trip.
    private func lock(
        _ interval: KeyInterval,
        on connection: Connection
    ) throws -> (versions: [TupleVersion], file: Int64) {
        let answers = try connection.rows(
            ofAll: [work.statements.lock(interval), work.statements.file],
            format: .binary
        )
        let file = try answers.last?.first?.value(Int64.self, at: 0)
        return (try answers[0].map { try TupleVersion($0, at: 0) }, file ?? 0)
    }
}
