import Control
import Postgres

/// The work on a single key that is suspected of making its chunk fail.
protocol SuspectWork: ChunkWork {
    /// The walk.
    var key: KeyColumns { get }
    /// Which rows need work.
    var condition: SQLText? { get }
    /// How strongly the rows are locked.
    var lockStrength: LockStrength { get }
}

/// How many rows a run may leave out.
struct SkipAllowance: Sendable, Hashable {
    let run: Int64
    let limit: Int
}

/// What became of a suspect.
enum SuspectOutcome: Sendable {
    /// It could be applied after all.
    case applied(ChunkReport)
    /// It could not, and was recorded.
    case skipped(ChunkReport, SkipReason)
    /// It was removed or moved before it could be locked; nothing was done.
    case gone
}

/// No more rows may be skipped, and this one cannot be applied.
struct SkipLimitReached: Error {
    let key: Key
    let reason: SkipReason
}

/// The key's rows are not there any more.
private struct SuspectGone: Error {}

/// Tries one key and records it when it fails, all in one transaction.
///
/// ```
/// BEGIN
/// 1 bound        the next key
/// 2 lock         its rows, whatever the condition says of them
/// 3 SAVEPOINT    the same write as ever, restricted to exactly this key
///     failed: ROLLBACK TO, record the rows, which are still locked
/// 4 checkpoint
/// COMMIT
/// ```
///
/// The rows are locked before they are tried and stay so until they are recorded: what is recorded is what failed. Were
/// the record a transaction of its own, the application could mend the row in between, and the record would name the next
/// one, which nothing is wrong with. This is the only savepoint; bisecting by savepoints would make hundreds of them.
extension ChunkRunner {
    /// Runs it.
    ///
    /// - Throws: ``SkipLimitReached`` when the key fails and no more may be skipped, ``LeaseLost``; nothing is stored then.
    func runSuspect(
        _ work: some SuspectWork,
        of range: ClaimedRange,
        _ allowance: SkipAllowance,
        on connection: Connection
    ) throws -> SuspectOutcome {
        var reason: SkipReason?
        do {
            let report = try frame(on: connection) { connection in
                let (pending, refused) = try suspect(work, of: range, allowance, on: connection)
                reason = refused
                return pending
            }
            return reason.map { .skipped(report, $0) } ?? .applied(report)
        } catch is SuspectGone {
            return .gone
        }
    }

    private func suspect(
        _ work: some SuspectWork,
        of range: ClaimedRange,
        _ allowance: SkipAllowance,
        on connection: Connection
    ) throws -> (PendingChunk, SkipReason?) {
        let start = ContinuousClock.now
        let bound = try work.bound(of: range, on: connection)
        let (row, end) = (bound?.interval.through ?? range.upper, bound?.end ?? .rangeDone)
        func pending(_ counts: ChunkCounts) -> PendingChunk {
            PendingChunk(range: range, counts: counts, cursor: row, end: end, begun: start, locked: start)
        }
        // The end of the range, or pages without rows.
        guard let bound, bound.scanned > 0 else { return (pending(ChunkCounts()), nil) }
        guard try lock(row, of: work, on: connection) else { throw SuspectGone() }
        switch try apply(work, row, bound, on: connection) {
        case .success(let counts): return (pending(counts), nil)
        case .failure(let refusal):
            var counts = ChunkCounts(scanned: bound.scanned)
            counts.skipped = try record(row, refusal.reason, work, range, allowance, on: connection)
            return (pending(counts), refusal.reason)
        }
    }

    /// Locks the rows of a key; whether they are there.
    private func lock(_ row: Key, of work: some SuspectWork, on connection: Connection) throws -> Bool {
        let interval = KeyInterval(exactly: row)
        let lock = ChunkStatements.lock(work.key, interval, where: nil, strength: work.lockStrength)
        guard try connection.queryOne(lock, as: Int.self, Int.self).0 > 0 else { return false }
        guard work.key.order.isByPlace else { return true }
        // A row that somebody moved while this waited is locked where it is now.
        let places = try connection.queryOne(
            "SELECT \(LockedPlaces.places)::pg_catalog.tid[]",
            as: TextArray.self
        )
        return places.elements.compactMap { $0 } == row.parts
    }

    /// Writes the rows of the key, and has constraints checked that would wait for COMMIT, where nothing could be
    /// recorded any more.
    private func apply(
        _ work: some SuspectWork,
        _ row: Key,
        _ bound: ChunkBound,
        on connection: Connection
    ) throws -> Result<ChunkCounts, Refusal> {
        let alone = ChunkBound(
            interval: KeyInterval(exactly: row),
            scanned: bound.scanned,
            end: bound.end
        )
        return try trying(on: connection) {
            let counts = try work.write(alone, on: connection)
            try connection.runScript("SET CONSTRAINTS ALL IMMEDIATE")
            return counts
        }
    }

    /// Records the rows of a key; how many of them were not on the list yet.
    ///
    /// The lock on the run makes those who skip at the same time take turns, so that the limit holds exactly.
    private func record(
        _ row: Key,
        _ reason: SkipReason,
        _ work: some SuspectWork,
        _ range: ClaimedRange,
        _ allowance: SkipAllowance,
        on connection: Connection
    ) throws -> Int {
        let store = RunStore(schema: schema, on: connection)
        _ = try store.lockRun(allowance.run)
        let before = try connection.queryOne(
            store.statements.skippedCount(run: allowance.run),
            as: Int.self
        )
        let readable = try connection.query(
            store.statements.readableColumns(of: work.key.table),
            as: String.self
        )
        func insert(where condition: SQLText?) throws -> Int {
            try connection.execute(
                store.statements.skip(
                    row,
                    of: work.key,
                    readable: readable,
                    where: condition,
                    range,
                    run: allowance.run,
                    reason: reason
                )
            )
        }
        let recorded =
            switch try trying(on: connection, { try insert(where: work.condition) }) {
            case .success(let count): count
            // The condition itself is what fails on the row.
            case .failure: try insert(where: nil)
            }
        // A further pass meets rows again that are on the list already.
        guard recorded == 0 || before + recorded <= allowance.limit else {
            throw SkipLimitReached(key: row, reason: reason)
        }
        return recorded
    }
}
