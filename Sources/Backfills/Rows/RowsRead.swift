import Postgres

/// Rows as they were read, in the order of their keys, before the author's code has seen them.
struct RowsRead: Sendable {
    let rows: ResultSet
    /// The number of the file that they were read from.
    let file: Int64
    /// The keys that they cover.
    let bound: ChunkBound

    /// The memory that they take.
    var taken: BatchRoom.Taken { BatchRoom.Taken(rows: rows.count, bytes: rows.memorySize) }

    init(_ rows: ResultSet, file: Int64, bound: ChunkBound) {
        (self.rows, self.file, self.bound) = (rows, file, bound)
    }

    /// Reads the rows of a bound that is known, in the caller's transaction.
    init(_ bound: ChunkBound, work: RowWork, on connection: Connection) throws {
        try work.key.preferIndex(for: bound.interval, on: connection)
        let rows = try connection.rows(work.statements.rows(in: bound.interval), format: .binary)
        let found = ChunkBound(interval: bound.interval, scanned: rows.count, end: bound.end)
        try self.init(rows, file: work.file(on: connection), bound: found)
    }
}

extension RowWork {
    /// The keys that the first rows of an interval cover; the whole of it where there were fewer than were asked for.
    func bound(of rows: ResultSet, in interval: KeyInterval, atMost limit: Int) throws -> ChunkBound {
        guard rows.count >= limit, let last = rows.last else {
            return ChunkBound(interval: interval, scanned: rows.count, end: .rangeDone)
        }
        return ChunkBound(
            interval: interval.cut(through: try key(of: last)),
            scanned: rows.count,
            end: .inside
        )
    }
}
