public import Bulk
import Control
public import Postgres

/// What a backfill would do: a real chunk, executed and rolled back.
public struct DryRun: Sendable {
    /// The backfill's name and table.
    public let name: String
    public let table: Identifier
    /// The columns that order the walk.
    public let key: [String]
    /// The rows that the statistics promise, and the ranges that a run would have.
    public let estimatedRows: Int
    public let ranges: Int
    /// The keys that the chunk passed, the rows that fulfilled the condition, the rows that it changed.
    public let scanned: Int
    public let matched: Int
    /// The table that was written to.
    public let target: Identifier
    /// Its primary key, by which the changed rows can be named.
    public let targetKey: [String]
    /// The rows that changed, as they were and as they would be.
    public let changes: [RowChange]
    /// The seconds that the chunk took.
    public let seconds: Double
    /// How chunks would be written, and why; `nil` for a row backfill and where no row is left.
    public let path: ChunkPath?
    /// What is worth knowing before the run, in sentences.
    public let notes: [String]
    /// What its author should know of the statement.
    public let findings: [Finding]
}

extension Coordinator {
    /// Runs the next chunk of a backfill in a transaction that is rolled back, and tells what it changed.
    ///
    /// Nothing is written, not even a control table: a run that is under way is looked at, not touched. Sequences that
    /// the statement draws from do advance, as after every rollback.
    public func dryRun(_ backfill: Backfill, chunkSize: Int = 1000) async throws -> DryRun {
        let schema = schema
        return try await control.withConnection { connection in
            try Rehearser(backfill, schema: schema, chunkSize: chunkSize, on: connection).run()
        }
    }
}

/// Runs one chunk for a dry run.
private struct Rehearser {
    let backfill: Backfill
    let schema: ControlSchema
    let chunkSize: Int
    let connection: Connection

    init(_ backfill: Backfill, schema: ControlSchema, chunkSize: Int, on connection: Connection) {
        self.backfill = backfill
        self.schema = schema
        self.chunkSize = chunkSize
        self.connection = connection
    }

    func run() throws -> DryRun {
        let preflight = Preflight(backfill, on: connection)
        let source = try preflight.check()
        let clock = ContinuousClock()
        let options = TransactionOptions(settings: backfill.limits.keySettings)
        return try connection.rolledBackTransaction(options) { connection in
            let (ranges, rows) = try plan(source)
            let start = clock.now
            let rehearsal = try rehearse(source, ranges)
            return try DryRun(
                name: backfill.name,
                table: source.table,
                key: source.key.names,
                estimatedRows: rows,
                ranges: max(1, ranges.count),
                scanned: rehearsal?.counts.scanned ?? 0,
                matched: rehearsal?.counts.matched ?? 0,
                target: rehearsal?.target ?? source.table,
                targetKey: connection.query(
                    CatalogStatements.primaryKey(of: rehearsal?.target ?? source.table),
                    as: String.self
                ),
                changes: rehearsal?.changes ?? [],
                seconds: (clock.now - start).seconds,
                path: path(on: source, ranges),
                notes: WalkAdvice(source, on: connection).notes(),
                findings: preflight.findings(source)
            )
        }
    }

    private func path(on source: SourceTable, _ ranges: [ClaimedRange]) throws -> ChunkPath? {
        guard case .sql(let statement) = backfill.work, let range = ranges.first,
            let key = source.walk(of: range.part)
        else { return nil }
        let work = try SQLWork(
            backfill,
            statement: statement,
            source: source,
            key: key,
            limit: chunkSize,
            on: connection
        )
        return try PathChooser(limits: backfill.limits).path(of: work, range, on: connection)
    }

    /// The ranges that a run would begin with.
    private func plan(_ source: SourceTable) throws -> (ranges: [ClaimedRange], rows: Int) {
        var ranges: [ClaimedRange] = []
        var rows = 0
        let orders = [source.order] + (source.key.nullable.isEmpty ? [] : [.nulls])
        for order in orders {
            for part in source.parts {
                let cutter = RangeCutter(
                    part,
                    order: order,
                    policy: .init(sharedBy: source.parts.count),
                    connection: connection
                )
                let about = RangePart(table: part.oid, order: order, pass: 1)
                for cut in try cutter.cut() {
                    ranges.append(
                        ClaimedRange(
                            id: 0,
                            ordinal: ranges.count + 1,
                            part: about,
                            cursor: cut.lower,
                            upper: cut.upper,
                            epoch: 0
                        )
                    )
                    rows += cut.rows
                }
            }
        }
        return (ranges, rows)
    }

    /// The first chunk that changes something, within reason: a condition that few rows fulfil may need some looking.
    private func rehearse(_ source: SourceTable, _ planned: [ClaimedRange]) throws -> Rehearsal? {
        var ranges = try unfinishedRange().map { [$0] } ?? planned
        var last: Rehearsal?
        for _ in 0..<100 {
            guard let range = ranges.first else { return last }
            guard let key = source.walk(of: range.part),
                let (rehearsal, chunk) = try rehearse(range, source, key)
            else {
                ranges.removeFirst()
                continue
            }
            last = rehearsal
            if rehearsal.counts.matched > 0 { return rehearsal }
            ranges[0] = range.advanced(to: chunk.interval.through)
            if chunk.end == .rangeDone { ranges.removeFirst() }
        }
        return last
    }

    private func rehearse(
        _ range: ClaimedRange,
        _ source: SourceTable,
        _ key: KeyColumns
    ) throws -> (Rehearsal, ChunkBound)? {
        switch backfill.work {
        case .sql(let statement):
            let work = try SQLWork(
                backfill,
                statement: statement,
                source: source,
                key: key,
                limit: chunkSize,
                on: connection
            )
            guard let bound = try work.bound(of: range, on: connection) else { return nil }
            return (try work.rehearse(bound, on: connection), bound)
        case .rows(let rows):
            let work = try RowWork(rows, definition: backfill, source: source, key: key, on: connection)
            let query = work.statements.rows(in: range.rest, atMost: chunkSize)
            let result = try connection.rows(query, format: .binary)
            let read = try RowsRead(
                result,
                file: work.file(on: connection),
                bound: work.bound(of: result, in: range.rest, atMost: chunkSize)
            )
            let batch = try RowBatch(read, work: work)
            return (
                try RowBatchWork(work: work, batch: batch).rehearse(batch.bound, on: connection), batch.bound
            )
        }
    }

    /// Where an unfinished run would go on.
    private func unfinishedRange() throws -> ClaimedRange? {
        guard try schema.standing(of: .backfills, on: connection) == .current else { return nil }
        let store = RunStore(schema: schema, on: connection)
        guard let run = try store.latestRun(of: backfill.name), run.state.isUnfinished else { return nil }
        return try store.firstUndone(run: run.id)
    }
}
