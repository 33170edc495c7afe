import Bulk
import Postgres

/// One chunk of a row backfill between BEGIN and its checkpoint, of a batch whose rows are as they were read: which is the server's
/// to say, so that everything is known before anything is sent, and one message carries whole transactions.
///
/// ```
/// 1 lock         the rows, in key order; fails where their versions are not those that were read
/// 2 write        what the author's code made of them; how many rows changed stays on the server
/// 3 checkpoint   with that number, and COMMIT
/// ```
///
/// The server carries a message out in order and passes over everything behind a failure. Asking for the versions first and
/// sending the rows when they have come took four round trips, which is most of the time where the server is far away.
struct RowChunk {
    let batch: RowBatch
    /// The statements in the order in which they are sent.
    let statements: [SQL]
    /// Which of them compares the versions.
    private let comparison: Int
    /// How many rows were changed, as the server knows it.
    let changed: SQL
    /// Which statement leaves that number; `nil` where nothing is written.
    private let counting: Int?

    private static let count = "caisson.changed"

    /// Composes it; `nil` where the sink is one that needs more than one answer.
    ///
    /// - Throws: `TargetError` when what the author's code made does not fit the sink.
    init?(_ work: RowWork, _ batch: RowBatch) throws {
        guard let writing = try work.writer.statements(for: batch.output, keepingCountIn: Self.count) else {
            return nil
        }
        self.batch = batch
        let interval = batch.bound.interval
        let preference = work.key.preference(for: interval).map { [$0] } ?? []
        let lock = work.statements.lockUnchanged(interval, batch.versions, file: batch.file)
        statements = preference + [lock] + writing
        comparison = preference.count
        counting = writing.isEmpty ? nil : statements.count - 1
        changed =
            writing.isEmpty
            ? "0" : "pg_catalog.current_setting(\(Self.count))::pg_catalog.int8"
    }

    /// What the chunk does, as far as it is known beforehand.
    var counts: ChunkCounts {
        ChunkCounts(scanned: batch.bound.scanned, matched: batch.versions.count)
    }

    /// What it did.
    func counts(_ answers: ArraySlice<ResultSet>) throws -> ChunkCounts {
        var counts = counts
        if let counting, let row = answers[answers.startIndex + counting].first {
            counts.changed = Int(try row.value(String.self, at: 0)) ?? 0
        }
        return counts
    }

    /// Whether a failure says that the rows are others than those that were read. The author's condition may fail with the same
    /// code; then the way that takes nothing for granted meets it again.
    func saysOthers(at index: Int, _ error: PostgresError) -> Bool {
        index == comparison && error.sqlState == RowStatements.otherVersions
    }
}

/// What became of batches that follow each other.
struct RowsWritten: Sendable {
    /// Where the range stands behind those that are committed.
    fileprivate(set) var range: ClaimedRange
    /// Those that are committed, from the first one on.
    fileprivate(set) var reports: [ChunkReport] = []
    /// Why the next one is not.
    fileprivate(set) var failure: (any Error)?

    /// Whether nobody wants more.
    fileprivate var isUnwanted: Bool { reports.last.map { $0.wanted != .running } ?? false }

    fileprivate mutating func take(_ more: [ChunkReport]) {
        reports += more
        range = reports.last?.range ?? range
    }
}

extension ChunkRunner {
    /// Writes batches that follow each other: as many as can in one message, one whose rows have moved by itself.
    func write(
        _ batches: [RowBatch],
        of work: RowWork,
        in range: ClaimedRange,
        on connection: Connection
    ) -> RowsWritten {
        var written = RowsWritten(range: range)
        do {
            while written.reports.count < batches.count, !written.isUnwanted {
                try writeNext(batches, of: work, &written, on: connection)
            }
        } catch {
            written.failure = error
        }
        return written
    }

    private func writeNext(
        _ batches: [RowBatch],
        of work: RowWork,
        _ written: inout RowsWritten,
        on connection: Connection
    ) throws {
        let chunks = try RowChunk.leading(of: batches[written.reports.count...], work)
        if !chunks.isEmpty {
            let (reports, ending) = try run(chunks, of: written.range, on: connection)
            written.take(reports)
            switch ending {
            case .allDone: return
            case .failed(let error): throw error
            case .moved: if written.isUnwanted { return }
            }
        }
        let alone = RowBatchWork(work: work, batch: batches[written.reports.count])
        written.take([try run(alone, of: written.range, on: connection)])
    }

    /// How a message of chunks ended.
    enum RowsEnding: Sendable {
        /// All are committed.
        case allDone
        /// The rows of the next one are others than those that were read.
        case moved
        /// The next one failed, or its outcome is not known.
        case failed(any Error)
    }

    /// Runs chunks that follow each other, each a transaction with its checkpoint, in one round trip.
    ///
    /// A chunk that fails takes those behind it along: the server does not run them. Of all that are wrong about the range, owner
    /// or cursor, it refuses the COMMIT.
    ///
    /// - Returns: the reports of those that are committed, and what became of the one behind them. A lost connection leaves the
    ///   outcome of that one unknown: its COMMIT is on its way from the beginning.
    func run(
        _ chunks: [RowChunk],
        of range: ClaimedRange,
        on connection: Connection
    ) throws -> (reports: [ChunkReport], ending: RowsEnding) {
        let opening = opening()
        var start = ContinuousClock.now
        var position = range
        var sent: [(chunk: RowChunk, pending: PendingChunk, statements: [SQL])] = []
        for chunk in chunks {
            let pending = chunk.pending(of: position, at: start)
            let statements = opening + chunk.statements + ending(pending, changed: chunk.changed)
            sent.append((chunk, pending, statements))
            position = position.advanced(to: pending.cursor)
        }
        let answers = try connection.answers(to: sent.flatMap(\.statements))
        let share = (ContinuousClock.now - start) / max(1, chunks.count)
        var rest = answers.results[...]
        var reports: [ChunkReport] = []
        for (chunk, pending, statements) in sent {
            guard rest.count >= statements.count else {
                let ended = end(answers.failure, at: rest, opening.count, chunk, pending, on: connection)
                return (reports, ended)
            }
            let results = rest.prefix(statements.count).dropFirst(opening.count)
            reports.append(try chunk.report(pending, start..<start + share, results))
            start += share
            rest = rest.dropFirst(statements.count)
        }
        return (reports, .allDone)
    }

    private func end(
        _ failure: PipelineError?,
        at rest: ArraySlice<ResultSet>,
        _ opening: Int,
        _ chunk: RowChunk,
        _ pending: PendingChunk,
        on connection: Connection
    ) -> RowsEnding {
        guard let failure else { return .failed(LeaseLost(range: pending.range)) }
        // Which statement of the chunk it is; a message that could not be sent whole failed at its first.
        let index = rest.count - opening
        guard chunk.saysOthers(at: index, failure.cause) else {
            let checkpoint = index - chunk.statements.count
            return .failed(endFailure(failure, at: checkpoint, of: pending, on: connection))
        }
        let error = connection.rollBack(after: RowsMoved())
        return error is RowsMoved ? .moved : .failed(error)
    }
}

extension RowChunk {
    /// The first of some batches, as many as can be written in one message.
    fileprivate static func leading(of batches: ArraySlice<RowBatch>, _ work: RowWork) throws -> [RowChunk] {
        var chunks: [RowChunk] = []
        for batch in batches {
            guard let chunk = try RowChunk(work, batch) else { break }
            chunks.append(chunk)
        }
        return chunks
    }

    /// The chunk's transaction, as far as it is known before it is sent.
    fileprivate func pending(of range: ClaimedRange, at start: ContinuousClock.Instant) -> PendingChunk {
        PendingChunk(
            range: range,
            counts: counts,
            cursor: batch.bound.interval.through,
            end: batch.bound.end,
            begun: start,
            locked: start
        )
    }

    /// What it did, by the answers to its own statements and to the checkpoint behind them.
    ///
    /// - Parameter time: its share of the time that the message took.
    fileprivate func report(
        _ pending: PendingChunk,
        _ time: Range<ContinuousClock.Instant>,
        _ answers: ArraySlice<ResultSet>
    ) throws -> ChunkReport {
        var pending = pending
        pending.counts = try counts(answers)
        (pending.begun, pending.locked, pending.done) = (time.lowerBound, time.lowerBound, time.upperBound)
        return try pending.report(answers[answers.startIndex + statements.count])
    }
}

/// Rows are others than those that were read.
private struct RowsMoved: Error {}
