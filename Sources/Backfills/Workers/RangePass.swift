import Control
import Postgres

/// One worker's way through one range, over failures and lost connections.
///
/// Confined to the task of its worker; it is a class because the position outlives the attempts.
final class RangePass {
    private let context: RunContext
    private let owner: String
    private let session: Session
    private var range: ClaimedRange
    private let pace: Pace
    private var isolation = Isolation()
    private var attempt = 0
    private var attemptStart = ContinuousClock.now
    /// The walk that the range's bounds are about.
    private var key: KeyColumns

    init(_ context: RunContext, range: ClaimedRange, owner: String, session: Session, pace: Pace) {
        self.context = context
        self.range = range
        self.owner = owner
        self.session = session
        self.pace = pace
        key = context.source.key
    }

    /// Works until the range is done, lost or to be left.
    ///
    /// - Throws: the error that will not get better; the range is released then.
    func run() async throws -> RangeEnd {
        while true {
            do {
                return try await attemptRange()
            } catch {
                if let end = try await recover(from: error) { return end }
            }
        }
    }

    private func attemptRange() async throws -> RangeEnd {
        attemptStart = .now
        guard let walk = try await walk() else { return try await passOver() }
        key = walk
        switch context.backfill.work {
        case .sql(let statement): return try await runStatement(statement)
        case .rows(let backfill): return try await streamRows(backfill)
        }
    }

    /// The walk of the range's own table. Partitions come and go, so those are looked up anew.
    private func walk() async throws -> KeyColumns? {
        guard context.source.isTree, let part = range.part else { return context.source.walk(of: range.part) }
        let backfill = context.backfill
        return try await session.withConnection {
            try SourceTableLookup(backfill, on: $0).resolve(part: part.table).walk(of: part)
        }
    }

    /// The range's table is not part of the walked one any more.
    private func passOver() async throws -> RangeEnd {
        context.report(.partGone(range: range.ordinal))
        return try await runChunk(AbsentWork(), size: size) ?? .done
    }

    // MARK: The two kinds

    private func runStatement(_ statement: SQLText) async throws -> RangeEnd {
        let (backfill, source, key) = (context.backfill, context.source, key)
        var work = try await session.withConnection {
            try SQLWork(backfill, statement: statement, source: source, key: key, limit: 1, on: $0)
        }
        while true {
            if context.stop.isRequested { return try await leave(.stopped) }
            work.limit = size
            guard try await planIsFine(for: work) else { continue }
            work.path = try await path(for: work)
            if let end = try await runChunk(work, size: work.limit) { return end }
        }
    }

    /// Looks at the plan when the size has doubled since it was last looked at; a size whose plan reads the whole table
    /// is not used.
    private func planIsFine(for work: SQLWork) async throws -> Bool {
        guard case .adaptive = context.options.sizing, work.limit >= 2 * pace.inspectedSize else {
            return true
        }
        let planGuard = PlanGuard(source: context.source, limits: context.backfill.limits)
        let finding = try await session.withConnection { [range] in try planGuard.inspect(work, range, on: $0)
        }
        guard case .wholeTable(let node) = finding else {
            pace.inspected(work.limit)
            return true
        }
        guard pace.sizer.cap(below: work.limit) else {
            throw BackfillError.readsWholeTable(
                backfill: context.backfill.name,
                table: context.source.table,
                node: node
            )
        }
        return false
    }

    /// Whether the chunks are single statements is decided when the table is new to the worker and when chunks suddenly
    /// take longer.
    private func path(for work: SQLWork) async throws -> ChunkPath {
        if let known = pace.path(of: work.key.table) { return known }
        let chooser = PathChooser(limits: context.backfill.limits)
        let path = try await session.withConnection { [range] in try chooser.path(of: work, range, on: $0) }
        pace.choose(path, for: work.key.table)
        context.report(.path(path))
        let run = context.run.id
        try await context.onControlTables(of: session) { try $0.record(path, of: run) }
        return path
    }

    private func streamRows(_ rows: any RowBackfill) async throws -> RangeEnd {
        let (backfill, source, key) = (context.backfill, context.source, key)
        let work = try await session.withConnection {
            try RowWork(rows, definition: backfill, source: source, key: key, on: $0)
        }
        while true {
            let first = size
            let stream = RowStream(work, of: range, size: first, context: context)
            let end = try await stream.reading { [self] batch in
                if context.stop.isRequested { return .end(try await leave(.stopped)) }
                let searches = isolation.size != nil
                let end = try await runChunk(RowBatchWork(work: work, batch: batch), size: first)
                if let end { return .end(end) }
                stream.setSize(size)
                // What was read ahead is too large while one row is looked for.
                return searches ? .readAgain : .next
            }
            if let end { return end }
        }
    }

    /// How many rows the next chunk takes.
    private var size: Int { isolation.size ?? pace.sizer.size }

    /// Runs one chunk and takes note of it; an end when the range is not to be gone on with.
    private func runChunk(_ work: some ChunkWork, size: Int) async throws -> RangeEnd? {
        let (runner, range) = (context.runner, range)
        attemptStart = .now
        let report = try await session.withConnection { try runner.run(work, of: range, on: $0) }
        if isolation.size == nil {
            pace.record(report)
        }
        isolation.passed(size)
        return try await advance(report)
    }

    private func advance(_ report: ChunkReport) async throws -> RangeEnd? {
        range = report.range
        attempt = 0
        context.report(.chunk(report.event))
        if report.end == .rangeDone { return .done }
        return report.wanted == .running ? nil : try await leave(.unwanted)
    }

    // MARK: Failures

    private func recover(from error: any Error) async throws -> RangeEnd? {
        attempt += 1
        let elapsed = (ContinuousClock.now - attemptStart).seconds
        switch context.failurePolicy.decision(for: error, attempt: attempt, elapsed: elapsed) {
        case .retry(let delay):
            return try await tryAgain(after: delay, because: error)
        case .shrink(let delay):
            guard pace.sizer.size > 1 || delay > 0 else { throw try await timedOut() }
            pace.sizer.halve()
            return try await tryAgain(after: delay, because: error)
        case .reconnect(let delay):
            context.report(.retrying(range: range.ordinal, reason: "\(error)", after: delay))
            try await context.stop.wait(seconds: delay)
            return try await reclaim()
        case .giveUpRange:
            context.report(.leaseLost(range: range.ordinal))
            return .lost
        case .pause:
            try await pauseRun()
            return try await leave(.unwanted)
        case .isolate:
            return try await isolate(error)
        case .fail:
            throw try await failure(error)
        }
    }

    private func tryAgain(after delay: Double, because error: any Error) async throws -> RangeEnd? {
        context.report(.retrying(range: range.ordinal, reason: "\(error)", after: delay))
        try await context.onControlTables(of: session) { [range] in
            try $0.recordRetry(range, error: "\(error)")
        }
        try await context.stop.wait(seconds: delay)
        return context.stop.isRequested ? try await leave(.stopped) : nil
    }

    /// Finds out where the range stands after the connection broke, and owns it anew.
    private func reclaim() async throws -> RangeEnd? {
        let lease = context.options.lease
        let reclaimed = try await context.onControlTables(of: session) { [range, owner] in
            try $0.reclaim(range, owner: owner, lease: lease)
        }
        guard let reclaimed else {
            context.report(.leaseLost(range: range.ordinal))
            return .lost
        }
        if reclaimed.cursor != range.cursor { attempt = 0 }
        range = reclaimed
        return range.cursor == range.upper ? .done : nil
    }

    /// One row of the chunk cannot be applied: narrows it down, and records it once it is found.
    private func isolate(_ error: any Error) async throws -> RangeEnd? {
        attempt = 0
        if context.stop.isRequested { return try await leave(.stopped) }
        guard isolation.failed(size) == .found else { return nil }
        let (context, range, key) = (context, range, key)
        let (runner, reason) = (context.runner, SkipReason(error))
        do {
            let report = try await session.withConnection {
                try runner.skip(
                    reason,
                    of: range,
                    key,
                    where: context.backfill.condition,
                    run: context.run.id,
                    limit: context.options.maxSkipped,
                    on: $0
                )
            }
            guard let report else { return nil }
            context.report(.skipped(key: report.range.cursor?.description ?? "", reason: reason.message))
            return try await advance(report)
        } catch let limit as SkipLimitReached {
            throw try await failure(
                BackfillError.rowRefused(
                    backfill: context.backfill.name,
                    key: limit.key.description,
                    reason: limit.reason.message
                )
            )
        }
    }

    private func pauseRun() async throws {
        let id = context.run.id
        try await context.onControlTables(of: session) { try $0.setWanted(.paused, of: id) }
    }

    private func leave(_ end: RangeEnd) async throws -> RangeEnd {
        try await context.onControlTables(of: session) { [range] in try $0.release(range) }
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
        return BackfillError.keptFailing(backfill: context.backfill.name, attempts: attempt, error: error)
    }
}

extension ChunkReport {
    fileprivate var event: BackfillEvent.ChunkEvent {
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
