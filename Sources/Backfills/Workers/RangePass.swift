import Control
import Postgres

/// One worker's way through one range, over failures and lost connections.
///
/// Confined to the task of its worker; it is a class because the position outlives the attempts.
final class RangePass {
    let context: RunContext
    let owner: String
    let session: Session
    var range: ClaimedRange
    let pace: Pace
    var isolation = Isolation()
    var attempt = 0
    var attemptStart = ContinuousClock.now
    /// The walk that the range's bounds are about.
    var key: KeyColumns

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
    /// - Throws: the error that will not get better, or ``Intervention``; the range is released then.
    func run() async throws -> RangeEnd {
        while true {
            do {
                return try await attemptRange()
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
            if isolation.isSingle {
                work.path = .twoSteps(reason: "one row is tried alone")
                if let end = try await runSuspect(work) { return end }
                continue
            }
            guard try await planIsFine(for: work) else { continue }
            work.path = try await path(for: work)
            if let end = try await runChunk(work, size: work.limit) { return end }
        }
    }

    private func streamRows(_ rows: any RowBackfill) async throws -> RangeEnd {
        let (backfill, source, key) = (context.backfill, context.source, key)
        let work = try await session.withConnection {
            try RowWork(rows, definition: backfill, source: source, key: key, on: $0)
        }
        while true {
            if isolation.isSingle {
                if context.stop.isRequested { return try await leave(.stopped) }
                if let end = try await runSuspect(RowSuspectWork(work: work)) { return end }
                continue
            }
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
    var size: Int { isolation.size ?? min(pace.sizer.size, largestChunk) }

    private var largestChunk: Int {
        switch context.backfill.work {
        case .sql: .max
        case .rows: RowStream.largestBatch
        }
    }

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

    func advance(_ report: ChunkReport) async throws -> RangeEnd? {
        range = report.range
        attempt = 0
        context.report(.chunk(report.event))
        if report.end == .rangeDone { return .done }
        return report.wanted == .running ? nil : try await leave(.unwanted)
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
