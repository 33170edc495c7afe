import Control
import Postgres

/// Runs the transaction of one chunk: bound, lock, write, checkpoint, commit.
///
/// ```
/// BEGIN                     READ COMMITTED, every setting LOCAL
/// 1 bound                   last key of the next n, no locks
/// 2 lock                    the rows, in key order
/// 3 write                   on a fresh snapshot, restricted to the same keys
/// 4 checkpoint              WHERE epoch = …: no row means that the range has another owner
/// COMMIT
/// ```
///
/// Where it is proven that this changes nothing, the first three are one statement, see ``SingleStatement``.
///
/// Steps 2 and 3 are two statements because a statement keeps its snapshot while it waits for a lock: sub-selects of a
/// locking UPDATE saw what was there before (measured: 5 written where 105 was right).
struct ChunkRunner: Sendable {
    let schema: ControlSchema
    let limits: ChunkLimits
    /// How long the range is ours after each chunk, in seconds.
    let lease: Double

    /// Runs the next chunk of a range and commits it with its checkpoint.
    ///
    /// - Throws: ``LeaseLost`` when the range has another owner: nothing of the chunk is stored then.
    func run(_ work: some ChunkWork, of range: ClaimedRange, on connection: Connection) throws -> ChunkReport
    {
        let clock = ContinuousClock()
        let start = clock.now
        var locked = start
        return try connection.transaction(options(work.settings)) { connection in
            let done = try work.run(range, locking: { locked = clock.now }, on: connection)
            let counts = done?.counts ?? ChunkCounts()
            let end = done?.bound.end ?? .rangeDone
            let cursor = done?.bound.interval.through ?? range.upper
            let store = RunStore(schema: schema, on: connection)
            let wanted = try store.checkpoint(range, counts, cursor: cursor, end: end, lease: lease)
            guard let wanted else { throw LeaseLost(range: range) }
            return ChunkReport(
                range: range.advanced(to: cursor),
                counts: counts,
                end: end,
                wanted: wanted,
                seconds: (clock.now - start).seconds,
                lockSeconds: (clock.now - locked).seconds
            )
        }
    }

    /// Records the next row that needs work as skipped and moves the cursor behind it.
    ///
    /// The lock on the run makes those who skip at the same time take turns, so that the limit holds exactly.
    ///
    /// - Throws: ``SkipLimitReached`` with the row's key when no more may be skipped; nothing is stored then.
    func skip(
        _ reason: SkipReason,
        of range: ClaimedRange,
        _ key: KeyColumns,
        where condition: SQLText?,
        run: Int64,
        limit: Int,
        on connection: Connection
    ) throws -> ChunkReport? {
        let start = ContinuousClock.now
        return try connection.transaction(options()) { connection in
            let store = RunStore(schema: schema, on: connection)
            let found = try connection.queryOptional(
                ChunkStatements.nextKey(key, range.rest, where: condition),
                as: TextArray.self
            )
            guard let row = Key(found) else { return nil }
            _ = try store.lockRun(run)
            let before = try connection.queryOne(store.statements.skippedCount(run: run), as: Int.self)
            let interval = KeyInterval(after: range.cursor, through: row)
            var counts = ChunkCounts()
            counts.scanned = try connection.queryOne(ChunkStatements.count(key, interval), as: Int.self)
            counts.skipped = try connection.execute(
                store.statements.skip(row, of: key, where: condition, range, run: run, reason: reason)
            )
            // A further pass meets rows again that are on the list already.
            guard before < limit || counts.skipped == 0 else {
                throw SkipLimitReached(key: row, reason: reason)
            }
            let end: ChunkEnd = row == range.upper ? .rangeDone : .inside
            let wanted = try store.checkpoint(range, counts, cursor: row, end: end, lease: lease)
            guard let wanted else { throw LeaseLost(range: range) }
            let seconds = (ContinuousClock.now - start).seconds
            return ChunkReport(
                range: range.advanced(to: row),
                counts: counts,
                end: end,
                wanted: wanted,
                seconds: seconds,
                lockSeconds: seconds
            )
        }
    }

    /// `synchronous_commit = off`: data and checkpoint are lost together or not at all, and the transaction that completes
    /// the run is synchronous again, which makes all before it durable.
    private func options(_ more: [TransactionOptions.Setting] = []) -> TransactionOptions {
        TransactionOptions(settings: limits.settings + [.init("synchronous_commit", "off")] + more)
    }
}

/// A chunk that was committed.
struct ChunkReport: Sendable {
    /// The range, advanced to the chunk's last key.
    let range: ClaimedRange
    let counts: ChunkCounts
    let end: ChunkEnd
    /// What a person wants by now.
    let wanted: WantedState
    /// The whole transaction, and the part of it in which rows were locked.
    let seconds: Double
    let lockSeconds: Double
}

/// No more rows may be skipped, and this one cannot be applied.
struct SkipLimitReached: Error {
    let key: Key
    let reason: SkipReason
}

/// The range was claimed by somebody else; the chunk was rolled back.
struct LeaseLost: Error {
    let range: ClaimedRange
}

extension Duration {
    /// The duration in seconds.
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
