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
    /// The settings of the run, with its limits.
    var settings: [TransactionOptions.Setting]?

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
            let step = ChunkStep(
                counts: done?.counts ?? ChunkCounts(),
                cursor: done?.bound.interval.through ?? range.upper,
                end: done?.bound.end ?? .rangeDone
            )
            return try checkpoint(step, of: range, begun: start, locked: locked, on: connection)
        }
    }

    /// The last step of every chunk.
    ///
    /// - Throws: ``LeaseLost``.
    func checkpoint(
        _ step: ChunkStep,
        of range: ClaimedRange,
        begun start: ContinuousClock.Instant,
        locked: ContinuousClock.Instant,
        on connection: Connection
    ) throws -> ChunkReport {
        let store = RunStore(schema: schema, on: connection)
        let wanted = try store.checkpoint(
            range,
            step.counts,
            cursor: step.cursor,
            end: step.end,
            lease: lease
        )
        guard let wanted else { throw LeaseLost(range: range) }
        let now = ContinuousClock.now
        return ChunkReport(
            range: range.advanced(to: step.cursor),
            counts: step.counts,
            end: step.end,
            wanted: wanted,
            seconds: (now - start).seconds,
            lockSeconds: (now - locked).seconds
        )
    }

    /// `synchronous_commit = off`: data and checkpoint are lost together or not at all, and the transaction that completes
    /// the run is synchronous again, which makes all before it durable.
    func options(_ more: [TransactionOptions.Setting] = []) -> TransactionOptions {
        TransactionOptions(
            settings: (settings ?? limits.settings) + [.init("synchronous_commit", "off")] + more
        )
    }
}

/// What the checkpoint of a chunk stores.
struct ChunkStep: Sendable {
    let counts: ChunkCounts
    /// The chunk's last key.
    let cursor: Key
    let end: ChunkEnd
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
