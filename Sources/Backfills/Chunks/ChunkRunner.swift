import Control
import Postgres

/// The frame of every chunk's transaction: how it begins, its checkpoint, its end.
///
/// ```
/// BEGIN                     READ COMMITTED, every setting LOCAL
///   …                       the chunk itself, see ``SQLChunk`` and ``RowBatchWork``
///   checkpoint              WHERE epoch, owner and cursor are what the worker believes; the transaction fails where they are not
/// COMMIT
/// ```
///
/// Checkpoint and COMMIT travel together: the server itself refuses the COMMIT of a worker that is wrong about its range.
struct ChunkRunner: Sendable {
    let schema: ControlSchema
    let limits: ChunkLimits
    /// How long the range is ours after each chunk, in seconds.
    let lease: Double
    /// What the author's text meant when the run began; of no run, the formats in which keys become text.
    var meaning = ChunkLimits.keyFormats

    /// Runs a chunk of a range whose statements are not known beforehand, and commits it with its checkpoint.
    ///
    /// - Throws: ``LeaseLost`` when the range has another owner: nothing of the chunk is stored then.
    func run(_ work: some ChunkWork, of range: ClaimedRange, on connection: Connection) throws -> ChunkReport
    {
        let clock = ContinuousClock()
        let start = clock.now
        var locked = start
        return try frame(on: connection) { connection in
            let bound = try work.bound(of: range, on: connection)
            locked = clock.now
            let counts = try bound.map { try work.write($0, on: connection) }
            return PendingChunk(
                range: range,
                counts: counts ?? ChunkCounts(),
                cursor: bound?.interval.through ?? range.upper,
                end: bound?.end ?? .rangeDone,
                begun: start,
                locked: locked
            )
        }
    }

    /// Runs a body in a chunk's transaction, and commits it with the checkpoint of what the body did.
    func frame(
        on connection: Connection,
        _ body: (Connection) throws -> PendingChunk
    ) throws -> ChunkReport {
        let pending: PendingChunk
        do {
            _ = try connection.rows(ofAll: opening())
            pending = try body(connection)
        } catch {
            throw connection.rollBack(after: error)
        }
        return try commit(pending, on: connection)
    }

    /// The statements that begin a chunk's transaction.
    ///
    /// `synchronous_commit = off`: data and checkpoint are lost together or not at all, and the transaction that completes
    /// the run is synchronous again, which makes all before it durable.
    func opening(_ more: [TransactionOptions.Setting] = []) -> [SQL] {
        let settings = meaning + limits.settings + [.init("synchronous_commit", "off")] + more
        return ["BEGIN ISOLATION LEVEL READ COMMITTED", RunSettings.statement(settings)]
    }

    // MARK: The end of a transaction

    /// The statements that end it: the checkpoint, which fails where the range is not what the worker believes, and COMMIT.
    ///
    /// - Parameter changed: how many rows were written, where the server alone knows it yet.
    func ending(_ pending: PendingChunk, changed: SQL? = nil) -> [SQL] {
        let checkpoint = RunStatements(schema: schema).checkpoint(
            pending.range,
            pending.counts,
            changed: changed,
            cursor: pending.cursor,
            end: pending.end,
            lease: lease
        )
        return [checkpoint, "COMMIT"]
    }

    /// Commits an open chunk by itself.
    ///
    /// - Throws: ``LeaseLost``; `TransactionError` where the outcome is not known; the refusal of a COMMIT.
    func commit(_ pending: PendingChunk, on connection: Connection) throws -> ChunkReport {
        try committed(pending, connection.answers(to: ending(pending)), on: connection)
    }

    /// Reads the answers to ``ending(_:)``, which stand first in the batch.
    func committed(
        _ pending: PendingChunk,
        _ answers: BatchAnswers,
        on connection: Connection
    ) throws -> ChunkReport {
        if let failure = answers.failure, failure.index < 2 {
            throw endFailure(failure, at: failure.index, of: pending, on: connection)
        }
        guard let checkpoint = answers.results.first else {
            throw connection.rollBack(after: LeaseLost(range: pending.range))
        }
        return try pending.report(checkpoint)
    }

    /// What a failure means behind which COMMIT was sent.
    ///
    /// - Parameter index: which statement it is, counted from the checkpoint.
    func endFailure(
        _ failure: PipelineError,
        at index: Int,
        of pending: PendingChunk,
        on connection: Connection
    ) -> any Error {
        if failure.cause.isConnectionLost {
            connection.close()
            return TransactionError.outcomeUnknown(failure.cause)
        }
        let isFence = index == 0 && failure.cause.sqlState == RunStatements.fenceState
        return connection.rollBack(after: isFence ? LeaseLost(range: pending.range) : failure.cause)
    }

}

/// A chunk whose transaction is open: everything is done but the checkpoint and COMMIT.
struct PendingChunk: Sendable {
    let range: ClaimedRange
    var counts: ChunkCounts
    /// The chunk's last key.
    let cursor: Key
    let end: ChunkEnd
    /// When its transaction began, when its rows began to be locked, and when its work was done.
    var begun: ContinuousClock.Instant
    var locked: ContinuousClock.Instant
    var done = ContinuousClock.now

    /// The report of the chunk when it is committed, with the answer to its checkpoint.
    func report(_ checkpoint: ResultSet) throws -> ChunkReport {
        ChunkReport(
            range: range.advanced(to: cursor),
            counts: counts,
            end: end,
            wanted: try checkpoint.first.map { try $0.value(String.self, at: 0) }
                .flatMap(WantedState.init) ?? .paused,
            seconds: (done - begun).seconds,
            lockSeconds: (done - locked).seconds
        )
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

/// The range is not what the worker believed: it has another owner, or another cursor. The chunk was rolled back.
struct LeaseLost: Error {
    let range: ClaimedRange
}

extension Duration {
    /// The duration in seconds.
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
