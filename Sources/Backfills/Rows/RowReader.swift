import Postgres

/// Streams the rows of a range through a server-side cursor, transforms them, and hands them over in batches.
struct RowReader: Sendable {
    let work: RowWork
    /// How long one snapshot may live, in seconds: vacuum cannot remove what it may still see. The cursor is then
    /// opened again behind the last key. While the writer is busy with what was read before, none is held.
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
        var step = Step.renew
        while true {
            switch step {
            case .over: return
            case .renew: break
            case .deliver(let batch):
                guard handoff.send(batch), batch.bound.end == .inside else { return }
                cursor = batch.bound.interval.through
            }
            step = try connection.transaction(transactionOptions) { connection in
                let interval = KeyInterval(after: cursor, through: range.upper)
                try work.key.preferIndex(for: interval, on: connection)
                let query = work.statements.rows(in: interval)
                return try connection.withCursor(for: query) { rows in
                    let file = try work.file(on: connection)
                    return try read(rows, in: file, of: range, from: &cursor, into: handoff, size: size)
                }
            }
        }
    }

    /// What follows after a snapshot.
    private enum Step {
        /// Nothing: all was read, or nobody wants more.
        case over
        /// Another one.
        case renew
        /// Another one, once the writer has taken this.
        case deliver(RowBatch)
    }

    /// Reads from one cursor, until the range is over or the snapshot is old.
    private func read(
        _ rows: Cursor,
        in file: Int64,
        of range: ClaimedRange,
        from cursor: inout Key?,
        into handoff: Handoff<RowBatch>,
        size: () -> Int
    ) throws -> Step {
        let clock = ContinuousClock()
        let start = clock.now
        var left: Double { snapshotAge - (clock.now - start).seconds }
        repeat {
            let wanted = max(1, size())
            let result = try rows.fetch(wanted)
            let end: ChunkEnd = result.count < wanted ? .rangeDone : .inside
            let batch = try RowBatch(
                result,
                of: file,
                after: cursor,
                end: end,
                upper: range.upper,
                work: work
            )
            switch handoff.send(batch, within: left) {
            case .accepted: cursor = batch.bound.interval.through
            case .refused: return .over
            case .noRoom: return .deliver(batch)
            }
            if end == .rangeDone { return .over }
        } while left > 0
        return .renew
    }

    private var transactionOptions: TransactionOptions {
        TransactionOptions(
            isolation: .repeatableRead,
            access: .readOnly,
            settings: ChunkLimits.reading.keySettings
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
