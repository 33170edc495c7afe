import Control
import Postgres

/// One worker's way through one range, over failures and lost connections.
///
/// Confined to the task of its worker; it is a class because the position outlives the attempts.
final class RangePass {
    private let context: RunContext
    private let session: Session
    private let reader: Session
    private let hold: RangeHold
    private var range: ClaimedRange { hold.range }
    /// What the worker has learned; it goes back to the worker at the end.
    private(set) var pace: Pace
    private var isolation = Isolation()
    private var attempt = 0
    private var attemptStart = ContinuousClock.now

    /// - Parameters:
    ///   - session: the worker's own.
    ///   - reader: the session in which rows are read ahead, where the backfill does that.
    init(
        _ context: RunContext,
        claim: RangeHold.Claim,
        session: Session,
        reader: Session,
        pace: Pace
    ) {
        (self.context, self.session, self.reader, self.pace) = (context, session, reader, pace)
        hold = RangeHold(context, claim: claim, session: session)
    }

    /// Works until the range is done, lost or to be left.
    ///
    /// - Throws: the error that will not get better, or ``Intervention``; the range is released then.
    func run() async throws -> RangeEnd {
        while true {
            do {
                if let end = try await attemptRange() { return end }
            } catch {
                do {
                    if let end = try await recover(from: error) { return end }
                } catch let intervention as Intervention {
                    _ = try? await leave(.unwanted)
                    throw intervention
                }
            }
        }
    }

    private func attemptRange() async throws -> RangeEnd? {
        attemptStart = .now
        if context.stop.isRequested { return try await leave(.stopped) }
        switch context.backfill.work {
        case .sql(let statement): return try await runStatement(statement)
        case .rows(let backfill): return try await streamRows(backfill)
        }
    }

    /// The walk of the range's own table. Partitions come and go, so those are looked up anew.
    private static func walk(
        _ context: RunContext,
        _ range: ClaimedRange,
        on connection: Connection
    ) throws -> KeyColumns {
        guard context.source.isTree, let part = range.part else {
            guard let key = context.source.walk(of: range.part) else { throw TableReplaced() }
            return key
        }
        let source = try SourceTableLookup(context.backfill, on: connection).resolve(part: part.table)
        guard let key = source.walk(of: part) else { throw PartGone() }
        return key
    }

    /// The range's table is not part of the walked one any more: its rows are passed over.
    private func passOver() async throws -> RangeEnd {
        context.report(.partGone(range: range.ordinal))
        let runner = context.runner
        let report = try await hold.lend { connection, range in
            try runner.run(AbsentWork(), of: range, on: connection)
        }
        return try await advance(report) ?? .done
    }

    // MARK: SQL

    private func runStatement(_ statement: SQLText) async throws -> RangeEnd? {
        if isolation.isSingle { return try await runSuspect(statement) }
        pace.narrowed = isolation.size
        let (context, pace, isSearching) = (context, pace, isolation.size != nil)
        let (loop, ending) = try await hold.lend { connection, range in
            let key = try Self.walk(context, range, on: connection)
            var preparation = SQLPreparation(context, statement, key, range, pace)
            let work = try preparation.work(on: connection)
            var loop = ChunkLoop(context, work: work, range: range, pace: preparation.pace)
            let ending = loop.run(isSearching ? .oneChunk : .toTheEnd, on: connection)
            return (loop, ending)
        }
        return try await take(ending, of: loop)
    }

    private func take(_ ending: ChunkLoop.Ending, of loop: ChunkLoop) async throws -> RangeEnd? {
        pace = loop.pace
        hold.advance(to: loop.range)
        if loop.committed > 0 { attempt = 0 }
        switch ending {
        case .rangeDone: return .done
        case .stopped: return try await leave(.stopped)
        case .unwanted: return try await leave(.unwanted)
        case .stepped: isolation.passed(loop.lastSize)
        case .replan: break
        case .failed(let error, let keys):
            try Task.checkCancellation()
            throw FailedChunk(cause: error, keys: keys)
        }
        return nil
    }

    private func runSuspect(_ statement: SQLText) async throws -> RangeEnd? {
        let context = context
        return try await runSuspect { connection, range in
            let key = try Self.walk(context, range, on: connection)
            var work = try SQLWork(
                context.backfill,
                statement: statement,
                source: context.source,
                key: key,
                limit: 1,
                on: connection
            )
            work.meaning = context.run.settings
            return work
        }
    }

    // MARK: Rows

    private func streamRows(_ rows: any RowBackfill) async throws -> RangeEnd? {
        let (context, pace) = (context, pace)
        let prepare: @Sendable (Connection, ClaimedRange) throws -> RowWork = { connection, range in
            let key = try Self.walk(context, range, on: connection)
            if let known = pace.rows(on: key) { return known }
            return try RowWork(
                rows,
                definition: context.backfill,
                source: context.source,
                key: key,
                stop: context.stop,
                on: connection
            )
        }
        if isolation.isSingle {
            return try await runSuspect { RowSuspectWork(work: try prepare($0, $1)) }
        }
        let work = try await hold.lend(prepare)
        self.pace.keep(work)
        let first = rowBatchSize
        let stream = RowStream(
            work,
            of: range,
            size: first,
            room: pace.room,
            reader: reader,
            context.options
        )
        let isSearching = isolation.size != nil
        return try await stream.reading(together: isSearching ? 1 : RowStream.mostTogether) {
            [self] delivery in
            if context.stop.isRequested { return .end(try await leave(.stopped)) }
            guard case .batches(let batches) = delivery else { return try await renew() }
            if let end = try await write(batches, of: work, size: first) { return .end(end) }
            stream.setSize(rowBatchSize)
            // What was read ahead is too large while one row is looked for.
            return isSearching ? .readAgain : .next
        }
    }

    /// Keeps the range while its next batch is made, which may take any time.
    private func renew() async throws -> RowStream.Step {
        let (context, before) = (context, range)
        let wanted = try await hold.lend { connection, range in
            guard range.cursor == before.cursor else { throw LeaseLost(range: range) }
            return try RunStore(schema: context.schema, on: connection)
                .renew(range, lease: context.options.lease)
        }
        return wanted == .running ? .next : .end(try await leave(.unwanted))
    }

    /// How many rows the next batch has.
    private var rowBatchSize: Int { isolation.size ?? pace.sizer.size }

    /// Writes batches; an end when the range is not to be gone on with.
    private func write(_ batches: [RowBatch], of work: RowWork, size: Int) async throws -> RangeEnd? {
        let (runner, before) = (context.runner, range)
        attemptStart = .now
        let written: RowsWritten
        do {
            written = try await hold.lend { connection, range in
                // Rows were read from where the range stood; the position may have gone back since.
                guard range.cursor == before.cursor else { throw LeaseLost(range: range) }
                return runner.write(batches, of: work, in: range, on: connection)
            }
        } catch {
            throw FailedChunk(cause: error, keys: max(1, batches.first?.bound.scanned ?? 0))
        }
        for (batch, report) in zip(batches, written.reports) { learn(from: batch, report, size: size) }
        if let failure = written.failure {
            for report in written.reports { take(report) }
            let failed = batches[written.reports.count]
            throw FailedChunk(cause: failure, keys: max(1, failed.bound.scanned))
        }
        for report in written.reports.dropLast() { take(report) }
        guard let last = written.reports.last else { return nil }
        return try await advance(last)
    }

    private func learn(from batch: RowBatch, _ report: ChunkReport, size: Int) {
        pace.record(batch.taken)
        if isolation.size == nil {
            let counts = report.counts
            pace.record(keys: counts.scanned, matched: counts.matched, seconds: report.lockSeconds)
        }
        // A batch that ends early, because its rows were slow, has passed no more than it holds.
        isolation.passed(batch.bound.end == .inside ? batch.bound.scanned : size)
    }

    private func take(_ report: ChunkReport) {
        hold.advance(to: report.range)
        attempt = 0
        context.report(.chunk(report.event))
    }

    private func advance(_ report: ChunkReport) async throws -> RangeEnd? {
        take(report)
        if report.end == .rangeDone { return .done }
        return report.wanted == .running ? nil : try await leave(.unwanted)
    }

    // MARK: One row that cannot be applied

    /// Tries the next key alone and records it as skipped when it cannot be applied; an end when the range is not to be
    /// gone on with.
    private func runSuspect<Work: SuspectWork>(
        _ prepare: @escaping @Sendable (Connection, ClaimedRange) throws -> Work
    ) async throws -> RangeEnd? {
        let runner = context.runner
        let allowance = SkipAllowance(run: context.run.id, limit: context.options.maxSkipped)
        attemptStart = .now
        do {
            let outcome = try await hold.lend { connection, range in
                try runner.runSuspect(prepare(connection, range), of: range, allowance, on: connection)
            }
            return try await take(outcome)
        } catch let limit as SkipLimitReached {
            throw BackfillError.rowRefused(
                backfill: context.backfill.name,
                key: limit.key.description,
                reason: limit.reason.message
            )
        }
    }

    private func take(_ outcome: SuspectOutcome) async throws -> RangeEnd? {
        switch outcome {
        case .gone:
            // Whoever removed it may have put another in its place.
            return nil
        case .applied(let report):
            isolation.passed(1)
            return try await advance(report)
        case .skipped(let report, let reason):
            isolation.passed(1)
            context.report(.skipped(key: report.range.cursor?.description ?? "", reason: reason.message))
            return try await advance(report)
        }
    }

    // MARK: Recovery

    /// What becomes of the pass after an error: an end, or `nil` to go on.
    private func recover(from thrown: any Error) async throws -> RangeEnd? {
        let error = (thrown as? FailedChunk)?.cause ?? thrown
        hold.doubt()
        pace.doubt()
        switch error {
        case is EmptyChunkWrote, is TransformStopped: return nil
        case is RangeLost:
            context.report(.leaseLost(range: range.ordinal))
            return .lost
        case is RangeDone: return .done
        case is PartGone: return try await passOver()
        case is TableReplaced: throw try await failure(tableReplaced)
        default: break
        }
        let elapsed = (ContinuousClock.now - attemptStart).seconds
        let decision = context.failurePolicy.decision(for: error, attempt: attempt + 1, elapsed: elapsed)
        if decision != .giveUpRange { attempt += 1 }
        switch decision {
        case .retry(let delay):
            return try await tryAgain(after: delay, because: error)
        case .shrink(let delay):
            guard pace.sizer.size > 1 || delay > 0 else { throw try await timedOut() }
            pace.sizer.halve()
            return try await tryAgain(after: delay, because: error)
        case .reconnect(let delay):
            return try await reconnect(after: delay, because: error)
        case .askServer(let delay):
            let found = await context.intervention(behind: error, since: attemptStart, on: session)
            if let found { throw found }
            return try await reconnect(after: delay, because: error)
        // Whose it is by now, the next look at it tells.
        case .giveUpRange: return nil
        case .pause: throw Intervention.cancelledStatement("\(error)")
        case .isolate:
            let keys = (thrown as? FailedChunk)?.keys ?? rowBatchSize
            return try await isolate(error, keys: keys)
        case .fail: throw try await failure(error)
        }
    }

    private func tryAgain(after delay: Double, because error: any Error) async throws -> RangeEnd? {
        let reason = (["\(error)"] + (hold.inTheWay(error).map { [$0] } ?? [])).joined(separator: "\n")
        context.report(.retrying(range: range.ordinal, reason: reason, after: delay))
        if let end = try await rereadOrEnd(because: reason) { return end }
        try await context.stop.wait(seconds: delay)
        return nil
    }

    private func reconnect(after delay: Double, because error: any Error) async throws -> RangeEnd? {
        context.report(.retrying(range: range.ordinal, reason: "\(error)", after: delay))
        try await context.stop.wait(seconds: delay)
        return try await rereadOrEnd(because: "\(error)")
    }

    private func rereadOrEnd(because error: String) async throws -> RangeEnd? {
        do {
            if try await hold.reread(because: error) { attempt = 0 }
            return nil
        } catch is RangeLost {
            context.report(.leaseLost(range: range.ordinal))
            return .lost
        } catch is RangeDone {
            return .done
        }
    }

    /// One row of the chunk cannot be applied: narrows it down. The next chunks are smaller until it is alone in one.
    private func isolate(_ error: any Error, keys: Int) async throws -> RangeEnd? {
        attempt = 0
        // What a single row does wrong is recorded; this is about the record itself.
        if isolation.isSingle { throw try await failure(error) }
        // Rows that share a key stay together, so a chunk may be larger than what was asked for.
        isolation.failed(min(keys, isolation.size ?? keys))
        return nil
    }

    private var tableReplaced: BackfillError {
        .tableReplaced(
            backfill: context.backfill.name,
            table: context.source.table,
            run: context.run.id
        )
    }

    /// Lets go of the range.
    private func leave(_ end: RangeEnd) async throws -> RangeEnd {
        try await hold.release()
        return end
    }

    private func timedOut() async throws -> any Error {
        _ = try await leave(.stopped)
        return BackfillError.chunkTimedOut(
            backfill: context.backfill.name,
            interval: range.cursor?.description ?? "the beginning",
            limit: context.backfill.limits.statementTimeout.description
        )
    }

    /// The error to stop the run with; the range is free for the next run before it is thrown.
    private func failure(_ error: any Error) async throws -> any Error {
        do {
            _ = try await leave(.stopped)
        } catch {
            // The lease runs out by itself, and the first error is the one that counts.
        }
        guard attempt > 1, let error = error as? PostgresError, error.isTransient else { return error }
        return BackfillError.keptFailing(
            backfill: context.backfill.name,
            attempts: attempt,
            error: error,
            inTheWay: hold.inTheWay(error)
        )
    }
}

/// A chunk of so many keys failed.
private struct FailedChunk: Error {
    let cause: any Error
    let keys: Int
}
