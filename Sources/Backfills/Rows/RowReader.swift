import Postgres

/// Streams the rows of a range through a server-side cursor, transforms them, and hands them over in batches.
struct RowReader: Sendable {
    let work: RowWork
    /// How long one snapshot may live, in seconds: vacuum cannot remove what it may still see. The cursor is then
    /// opened again behind the last key.
    let snapshotAge: Double

    /// Reads until the range is over or nobody wants more.
    ///
    /// - Parameter size: asked before each fetch, because the writer's pace decides.
    func stream(
        _ range: ClaimedRange,
        into handoff: Handoff<RowBatch>,
        size: () -> Int,
        on connection: Connection
    ) throws {
        var cursor = range.cursor
        var goesOn = true
        while goesOn {
            goesOn = try connection.transaction(transactionOptions) { connection in
                let interval = KeyInterval(after: cursor, through: range.upper)
                try work.key.preferIndex(for: interval, on: connection)
                let query = work.statements.rows(in: interval)
                return try connection.withCursor(for: query) { rows in
                    try read(rows, of: range, from: &cursor, into: handoff, size: size)
                }
            }
        }
    }

    /// Reads from one cursor; whether another one has to follow.
    private func read(
        _ rows: Cursor,
        of range: ClaimedRange,
        from cursor: inout Key?,
        into handoff: Handoff<RowBatch>,
        size: () -> Int
    ) throws -> Bool {
        let clock = ContinuousClock()
        let start = clock.now
        repeat {
            let wanted = max(1, size())
            let result = try rows.fetch(wanted)
            let end: ChunkEnd = result.count < wanted ? .rangeDone : .inside
            let batch = try RowBatch(result, after: cursor, end: end, upper: range.upper, work: work)
            guard handoff.send(batch), end == .inside else { return false }
            cursor = batch.bound.interval.through
        } while (clock.now - start).seconds < snapshotAge
        return true
    }

    private var transactionOptions: TransactionOptions {
        TransactionOptions(
            isolation: .repeatableRead,
            access: .readOnly,
            settings: ChunkLimits.reading.settings
        )
    }
}

extension ChunkLimits {
    /// Reading locks nothing that others wait for.
    fileprivate static let reading = ChunkLimits(
        lockTimeout: .seconds(10),
        statementTimeout: .seconds(120)
    )
}
