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
/// Steps 2 and 3 are two statements because a statement keeps its snapshot while it waits for a lock: sub-selects of a
/// locking UPDATE saw what was there before (measured: 5 written where 105 was right).
struct ChunkRunner {
    let store: (Connection) -> RunStore
    let limits: ChunkLimits
    let lease: Double

    init(schema: ControlSchema, limits: ChunkLimits, lease: Double) {
        store = { RunStore(schema: schema, on: $0) }
        self.limits = limits
        self.lease = lease
    }

    /// Runs the next chunk of a range and commits it with its checkpoint.
    ///
    /// - Throws: ``LeaseLost`` when the range has another owner: nothing of the chunk is stored then.
    func run(_ work: some ChunkWork, of range: ClaimedRange, on connection: Connection) throws -> ChunkReport {
        let clock = ContinuousClock()
        let start = clock.now
        return try connection.transaction(transactionOptions) { connection in
            let bound = try work.bound(of: range, on: connection)
            let locked = clock.now
            let counts = try bound.map { try work.write($0, on: connection) } ?? ChunkCounts()
            let end = bound?.end ?? .rangeDone
            let cursor = bound?.interval.through ?? range.upper
            let wanted = try store(connection).checkpoint(range, counts, cursor: cursor, end: end, lease: lease)
            guard let wanted else { throw LeaseLost(range: range) }
            return ChunkReport(
                range: range.advanced(to: cursor), counts: counts, end: end, wanted: wanted,
                seconds: (clock.now - start).seconds, lockSeconds: (clock.now - locked).seconds
            )
        }
    }

    /// The settings of a chunk. They are LOCAL, so nothing is left behind in a session or a pooler.
    private var transactionOptions: TransactionOptions {
        TransactionOptions(settings: Self.settings(limits) + [.init("synchronous_commit", "off")])
    }

    /// - `row_security = off`: a policy that hides rows makes the statement fail instead of skipping them silently.
    /// - `plan_cache_mode`, `jit`: a generic or compiled plan is wrong for a bound that moves.
    /// - The formats in which keys become text are fixed, so that they are read back as what they were.
    ///
    /// `synchronous_commit = off` is added for chunks that commit: data and checkpoint are lost together or not at
    /// all, and the transaction that completes the run is synchronous again, which makes all before it durable.
    static func settings(_ limits: ChunkLimits) -> [TransactionOptions.Setting] {
        [
            .init("lock_timeout", limits.lockTimeout),
            .init("statement_timeout", limits.statementTimeout),
            .init("row_security", "off"),
            .init("plan_cache_mode", "force_custom_plan"),
            .init("jit", "off"),
            .init("datestyle", "ISO, YMD"),
            .init("intervalstyle", "postgres"),
            .init("extra_float_digits", "3"),
            .init("bytea_output", "hex"),
        ]
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
