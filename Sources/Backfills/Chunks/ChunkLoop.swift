import Postgres

/// Runs chunk after chunk of a SQL backfill in one session, until the range is over or something has to be decided.
///
/// ```
/// find the first bound
/// ┌> BEGIN, lock, write, look, next bound          one message
/// │  checkpoint, COMMIT                            with the next message where the way is long, else by themselves
/// └─ …
/// ```
///
/// A chunk costs two round trips, one where the server is far away: nothing in a message waits for an answer to what stands before
/// it. The server carries a message out in order and passes over everything behind a failure, so a COMMIT that is refused
/// takes the chunk behind it along.
struct ChunkLoop: Sendable {
    /// Why it ended.
    enum Ending: Sendable {
        /// All keys of the range are done.
        case rangeDone
        /// This process is to stop.
        case stopped
        /// The run is to pause, or is given up.
        case unwanted
        /// One chunk was committed and no more were asked for.
        case stepped
        /// The plan is to be looked at again.
        case replan
        /// A chunk of so many keys failed; its transaction is rolled back, or its outcome is not known.
        case failed(any Error, keys: Int)
    }

    /// How many chunks to run.
    enum Length: Sendable, Hashable { case toTheEnd, oneChunk }

    let runner: ChunkRunner
    let stop: StopSignal
    let report: @Sendable (BackfillEvent) -> Void
    var work: SQLWork
    private(set) var range: ClaimedRange
    private(set) var pace: Pace
    /// How many chunks were committed.
    private(set) var committed = 0
    /// How many keys the last of them was asked for.
    private(set) var lastSize = 0
    private var open: PendingChunk?
    private var isWanted = true

    init(_ context: RunContext, work: SQLWork, range: ClaimedRange, pace: Pace) {
        (runner, stop, report) = (context.runner, context.stop, context.report)
        (self.work, self.range, self.pace) = (work, range, pace)
    }

    /// Runs chunks.
    mutating func run(_ length: Length, on connection: Connection) -> Ending {
        do {
            return try runChunks(length, on: connection)
        } catch let failure as ChunkFailure {
            return .failed(failure.cause, keys: failure.keys)
        } catch {
            return .failed(error, keys: work.limit)
        }
    }

    private mutating func runChunks(_ length: Length, on connection: Connection) throws -> Ending {
        var bound = try firstBound(on: connection)
        while true {
            let next = try send(bound, on: connection)
            if let ending = decide(length, bound) { return try end(with: ending, on: connection) }
            if next == nil || !pace.travelsTogether {
                try settle(on: connection)
                if let ending = nobodyWantsMore { return ending }
            }
            bound = try next ?? firstBound(on: connection)
        }
    }

    /// What follows from a chunk whose work is done, before it is committed.
    private func decide(_ length: Length, _ bound: ChunkBound) -> Ending? {
        if bound.end == .rangeDone { return .rangeDone }
        if let ending = nobodyWantsMore { return ending }
        if length == .oneChunk { return .stepped }
        return pace.wantsPlan(of: work) ? .replan : nil
    }

    private var nobodyWantsMore: Ending? {
        if !isWanted { return .unwanted }
        return stop.isRequested ? .stopped : nil
    }

    /// Commits the open chunk and ends; what people want by now comes first.
    private mutating func end(with ending: Ending, on connection: Connection) throws -> Ending {
        try settle(on: connection)
        if case .rangeDone = ending { return ending }
        return isWanted ? ending : .unwanted
    }

    /// Commits the open chunk by itself.
    private mutating func settle(on connection: Connection) throws {
        guard let pending = open else { return }
        let start = ContinuousClock.now
        let committed = try failing(pending) { try runner.commit(pending, on: connection) }
        pace.record(roundTrip: (ContinuousClock.now - start).seconds, over: connection)
        take(committed)
    }

    /// Takes note of a chunk that is committed.
    private mutating func take(_ committed: ChunkReport) {
        open = nil
        range = committed.range
        isWanted = committed.wanted == .running
        self.committed += 1
        report(.chunk(committed.event))
    }

    private func failing<Value>(_ pending: PendingChunk, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch {
            throw ChunkFailure(cause: error, keys: max(1, pending.counts.scanned))
        }
    }

    // MARK: Bounds

    /// The next chunk, asked for in a transaction of its own.
    private mutating func firstBound(on connection: Connection) throws -> ChunkBound {
        work.limit = pace.size
        let options = TransactionOptions(access: .readOnly, settings: runner.limits.keySettings)
        guard work.key.order.isByPlace else {
            let found = try connection.transaction(options, of: [work.lookAhead(range.rest)])[0]
            return try work.bound(found, in: range.rest) ?? .rest(range.rest, atMost: work.limit)
        }
        return try connection.transaction(options) { connection in
            if let bound = try work.bound(of: range, on: connection) { return bound }
            guard try work.key.isStillPart(on: connection) else { throw PartGone() }
            return ChunkBound(interval: range.rest, scanned: 0, end: .rangeDone)
        }
    }

    /// What asks for the chunk behind this one, at the end of its transaction.
    private func lookAhead(behind bound: ChunkBound) -> [SQL] {
        asksAhead(behind: bound) ? [work.lookAhead(rest(behind: bound))] : []
    }

    private func asksAhead(behind bound: ChunkBound) -> Bool {
        bound.end == .inside && !work.key.order.isByPlace
    }

    private func rest(behind bound: ChunkBound) -> KeyInterval {
        KeyInterval(after: bound.interval.through, through: range.upper)
    }

    /// The next chunk from the answer; `nil` where it is to be asked for anew: chunks have become too slow for the size that was
    /// asked for, or nothing was asked.
    private func bound(in answers: ArraySlice<ResultSet>, behind bound: ChunkBound) throws -> ChunkBound? {
        guard asksAhead(behind: bound), let found = answers.first else { return nil }
        let rest = rest(behind: bound)
        let next = try work.bound(found, in: rest) ?? .rest(rest, atMost: work.limit)
        return work.limit > 2 * pace.size ? nil : next
    }

    // MARK: One chunk

    /// Sends a chunk, with the end of the one before it where that is still open, and leaves it open; the bound of the next.
    private mutating func send(_ bound: ChunkBound, on connection: Connection) throws -> ChunkBound? {
        let start = ContinuousClock.now
        lastSize = work.limit
        let chunk = SQLChunk(work, bound, pace.extent(of: work))
        let before = open.map { runner.ending($0) } ?? []
        let opening = runner.opening(work.settings)
        work.limit = pace.size
        let ahead = lookAhead(behind: bound)
        let answers = try exchange(before + opening + chunk.statements + ahead, on: connection)
        let first = before.count + opening.count
        try takeEnd(answers, on: connection)
        if let failure = answers.failure {
            throw failed(chunk, failure, at: failure.index - first, on: connection)
        }
        do {
            let results = answers.results[first...]
            let counts = try outcome(of: chunk, results, on: connection)
            open = PendingChunk(
                range: range,
                counts: counts,
                cursor: bound.interval.through,
                end: bound.end,
                begun: start,
                locked: start
            )
            pace.record(
                keys: counts.scanned,
                matched: counts.matched,
                seconds: (ContinuousClock.now - start).seconds
            )
            return try self.bound(in: results.dropFirst(chunk.steps.count), behind: bound)
        } catch {
            if error is EmptyChunkWrote { pace.wroteOfNothing() }
            throw ChunkFailure(
                cause: connection.rollBack(after: error),
                keys: bound.scanned
            )
        }
    }

    private func exchange(_ statements: [SQL], on connection: Connection) throws -> BatchAnswers {
        guard let open else { return try connection.answers(to: statements) }
        return try failing(open) { try connection.answers(to: statements) }
    }

    /// Reads the answers to the end of the chunk before, when it travelled along. When no more are wanted, this one is done
    /// already and is committed too.
    private mutating func takeEnd(_ answers: BatchAnswers, on connection: Connection) throws {
        guard let pending = open else { return }
        let committed = try failing(pending) { try runner.committed(pending, answers, on: connection) }
        take(committed)
    }

    /// Reads what the chunk did; where it only locked, what it found is written now.
    private mutating func outcome(
        of chunk: SQLChunk,
        _ results: ArraySlice<ResultSet>,
        on connection: Connection
    ) throws -> ChunkCounts {
        var answers = SQLChunk.Answers(chunk, results)
        if chunk.extent == .explained { look(at: answers[.plan], of: chunk.bound) }
        guard chunk.extent == .lockOnly else { return try chunk.outcome(answers, on: connection) }
        guard try answers.locked != 0 else { return ChunkCounts(scanned: try chunk.scanned(answers)) }
        let writing = SQLChunk(work, chunk.bound, .writeOnly)
        let rest = try connection.answers(to: writing.statements)
        if let failure = rest.failure { throw writing.error(at: failure.index, failure.cause) }
        answers.add(SQLChunk.Answers(writing, rest.results))
        return try writing.outcome(answers, on: connection)
    }

    /// A plan that reads the whole table for a chunk is one of smaller chunks again.
    private mutating func look(at plan: ResultSet?, of bound: ChunkBound) {
        pace.inspected(bound.scanned)
        guard let json = try? plan?.first?.value(String.self, at: 0),
            PlanNode.read(json)?.wholeScan(of: work.key.table) != nil
        else { return }
        _ = pace.sizer.cap(below: bound.scanned)
    }

    private func failed(
        _ chunk: SQLChunk,
        _ failure: PipelineError,
        at index: Int,
        on connection: Connection
    ) -> ChunkFailure {
        let error = index < 0 ? failure.cause : chunk.error(at: index, failure.cause)
        return ChunkFailure(cause: connection.rollBack(after: error), keys: chunk.bound.scanned)
    }
}

/// A chunk that failed, with the number of its keys, among which the reason is to be looked for.
private struct ChunkFailure: Error {
    let cause: any Error
    let keys: Int
}

extension ChunkReport {
    /// The event that tells of it.
    var event: BackfillEvent.ChunkEvent {
        BackfillEvent.ChunkEvent(
            range: range.ordinal,
            cursor: range.cursor?.description ?? "",
            scanned: counts.scanned,
            changed: counts.changed,
            moved: counts.moved,
            seconds: seconds
        )
    }
}
