import Postgres

/// Reads the rows of a range in batches, transforms them, and hands them over.
///
/// Each batch is read by one transaction, which is over before the first row is transformed: vacuum cannot remove what a
/// snapshot may still see, and the author's code, or a writer that waits for a lock, may take any time. A cursor over the whole
/// range would be opened once and not for each batch; it saves 1 ms of planning and looking up in 4000 rows, and costs a snapshot
/// that lives as long as it does.
struct RowReader: Sendable {
    let work: RowWork
    /// How long a statement may read, in seconds, which is how long its snapshot may live.
    let snapshotAge: Double
    /// How long one batch may be transformed, in seconds.
    let batchSeconds: Double

    /// Reads until the range is over or nobody wants more.
    ///
    /// - Parameters:
    ///   - room: what is known of the memory that rows take.
    ///   - size: asked before each batch, because the writer's pace decides.
    /// - Throws: ``TransformStopped`` when nobody wants the batch any more that is being made.
    func stream(
        _ range: ClaimedRange,
        into handoff: Handoff<RowStream.Signal>,
        room: BatchRoom,
        size: () -> Int,
        on connection: Connection
    ) throws {
        var pace = TransformPace(seconds: batchSeconds)
        var room = room
        var range = range
        while true {
            let read = try read(range, atMost: max(1, min(size(), pace.rows, room.rows)), on: connection)
            room.record(read.taken)
            let start = ContinuousClock.now
            let budget = TransformBudget(seconds: batchSeconds) { !handoff.isUnwanted }
            let batch = try RowBatch(read, work: work, within: budget)
            pace.record(rows: batch.versions.count, seconds: (ContinuousClock.now - start).seconds)
            guard handoff.send(.batch(batch)), batch.bound.end == .inside else { return }
            range = range.advanced(to: batch.bound.interval.through)
        }
    }

    // MARK: Reading

    private func read(_ range: ClaimedRange, atMost limit: Int, on connection: Connection) throws -> RowsRead
    {
        work.key.order.isByPlace
            ? try readByPlace(range, atMost: limit, on: connection)
            : try readByKey(range, atMost: limit, on: connection)
    }

    /// In one round trip.
    private func readByKey(
        _ range: ClaimedRange,
        atMost limit: Int,
        on connection: Connection
    ) throws -> RowsRead {
        let before =
            [
                "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY",
                limits.keySettings.statement(for: .transaction),
            ] as [SQL]
        let preference = work.key.preference(for: range.rest).map { [$0] } ?? []
        let reading = [work.statements.rows(in: range.rest, atMost: limit), work.statements.file, "COMMIT"]
        let answers = try connection.answers(to: before + preference + reading, format: .binary)
        if let failure = answers.failure { throw connection.rollBack(after: failure.cause) }
        let found = answers.results.suffix(reading.count)
        let (rows, file) = (found[found.startIndex], found[found.startIndex + 1])
        return try RowsRead(
            rows,
            file: file.first?.value(Int64.self, at: 0) ?? 0,
            bound: work.bound(of: rows, in: range.rest, atMost: limit)
        )
    }

    /// What is left of the range would have to be sorted by place for each batch, so only the next pages are looked at.
    private func readByPlace(
        _ range: ClaimedRange,
        atMost limit: Int,
        on connection: Connection
    ) throws -> RowsRead {
        let options = TransactionOptions(access: .readOnly, settings: limits.keySettings)
        return try connection.transaction(options) { connection in
            let window = PlaceWindow(key: work.key, rowsPerPage: work.rowsPerPage, limit: limit)
            let bound = try window.bound(of: range, on: connection)
            return try RowsRead(
                bound ?? ChunkBound(interval: range.rest, scanned: 0, end: .rangeDone),
                work: work,
                on: connection
            )
        }
    }

    private static let shortestTimeout = 10.0
    private static let longestTimeout = 120.0

    /// Reading locks nothing that others wait for, and rows that need work may be far between.
    private var limits: ChunkLimits {
        let seconds = min(Self.longestTimeout, max(Self.shortestTimeout, snapshotAge))
        return ChunkLimits(lockTimeout: .seconds(10), statementTimeout: .seconds(Int(seconds)))
    }
}
