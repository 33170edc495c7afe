import Foundation
import Postgres

/// An import that commits in chunks, each together with the place in the file that it reaches.
///
/// A chunk goes to the server by COPY while it is read, and is kept until it is committed. When the server refuses
/// something in it and rows may be left out, the chunk is stored again from memory in parts, each in a transaction of
/// its own with its own place in the file, down to the row that is refused. No savepoints are taken: the rows that are
/// right pay for them as well, and an error that comes at COMMIT would not be found.
package final class ChunkedImport {
    /// The bytes of the file that a chunk takes, at least. Large enough that the commit does not count.
    package static let defaultChunkSize = 4 << 20
    /// The most rows of a chunk, which bounds what is kept of short ones.
    static let mostRows = 100_000

    let job: ImportJob
    let connection: Connection
    let merge: SinkPlan?
    let chunkSize: Int
    let maxSkipped: Int
    let ledger: any ImportLedger
    let onEvent: (ImportEvent) -> Void

    /// What was committed, and up to where.
    private(set) var totals: ImportTotals
    private(set) var committed: RecordPosition
    var window: RawWindow

    /// What to import, and from where.
    package struct Start {
        /// The place behind the last row that is stored.
        package var position = RecordPosition()
        /// What became of the rows up to there.
        package var totals = ImportTotals()

        /// The beginning.
        package init() {}
    }

    init(
        _ job: ImportJob,
        _ start: Start,
        sample: [UInt8],
        _ settings: (chunkSize: Int, maxSkipped: Int),
        _ ledger: any ImportLedger,
        on connection: Connection,
        _ onEvent: @escaping (ImportEvent) -> Void
    ) throws {
        (self.job, self.ledger, self.connection, self.onEvent) = (job, ledger, connection, onEvent)
        (chunkSize, maxSkipped) = settings
        merge = try job.mergePlan()
        (totals, committed) = (start.totals, start.position)
        window = RawWindow(at: start.position.offset, sample: sample)
    }

    /// Imports to the end of the file.
    func run() throws {
        var chunk = ImportChunk(numbersRows: merge != nil)
        repeat {
            chunk.removeAll()
            try next(&chunk)
            window.forget(before: committed.offset)
        } while !chunk.isLast
    }

    /// Reads and stores the next chunk.
    private func next(_ chunk: inout ImportChunk) throws {
        do {
            try transaction { connection in
                try copyIn(on: connection) { copy in try fill(&chunk, into: copy) }
                return try settle(chunk.all, of: chunk, on: connection)
            }
        } catch {
            try recover(chunk.all, of: chunk, from: error, attempt: 1)
        }
    }

    // MARK: Storing

    /// Runs one chunk's transaction; what `body` returns counts when it is committed.
    private func transaction(_ body: (Connection) throws -> ImportCheckpoint) throws {
        let checkpoint = try connection.transaction { connection in
            try ledger.claim(at: committed, on: connection)
            if merge != nil { try job.createStaging(on: connection) }
            let checkpoint = try body(connection)
            try ledger.record(checkpoint, on: connection)
            // A server that crashes loses a chunk together with the place behind it, so nobody has to wait for the disk
            // but for the last one.
            if !checkpoint.isLast { try connection.execute("SET LOCAL synchronous_commit = off") }
            return checkpoint
        }
        (totals, committed) = (checkpoint.totals, checkpoint.position)
        for row in checkpoint.skipped { onEvent(.skipped(row)) }
        onEvent(.stored(rows: totals.rows, line: committed.line - 1))
    }

    /// Stores records of the chunk again.
    private func store(_ range: Range<Int>, of chunk: borrowing ImportChunk) throws {
        let bytes = chunk.encoded(range)
        let checkpoint = try transactionBody(range, of: chunk)
        try transaction { connection in
            try copyIn(on: connection) { copy in
                for start in stride(from: 0, to: bytes.count, by: CopyWriter.flushSize) {
                    try copy.write(bytes[start..<min(start + CopyWriter.flushSize, bytes.count)])
                }
            }
            return try checkpoint(connection)
        }
    }

    private func transactionBody(
        _ range: Range<Int>,
        of chunk: borrowing ImportChunk
    ) throws -> (Connection) throws -> ImportCheckpoint {
        let skipped = skipped(range, of: chunk)
        guard totals.skipped + skipped.count <= maxSkipped else {
            throw ImportError.tooManySkipped(job.load.source, skipped[maxSkipped - totals.skipped])
        }
        let draft = draft(range, of: chunk, skipped)
        return { [self] connection in try finish(draft, on: connection) }
    }

    /// Settles rows that were sent.
    private func settle(
        _ range: Range<Int>,
        of chunk: borrowing ImportChunk,
        on connection: Connection
    ) throws -> ImportCheckpoint {
        try transactionBody(range, of: chunk)(connection)
    }

    private func copyIn(on connection: Connection, _ body: (CopyWriter) throws -> Void) throws {
        let names = job.mapping.columns.map(\.name)
        let statement =
            merge == nil
            ? CopyStatements.copy(into: job.table.name, names, format: "text")
            : CopyStatements.copy(into: ImportStatements.staging, names + [job.ordinal], format: "text")
        _ = try connection.copyIn(statement, body)
    }

    private func draft(
        _ range: Range<Int>,
        of chunk: borrowing ImportChunk,
        _ skipped: [SkippedLine]
    ) -> ImportCheckpoint {
        var totals = totals
        totals.rows += range.count
        totals.skipped += skipped.count
        totals.outcome.proposed += range.count - skipped.count
        let end = chunk.end(of: range)
        return ImportCheckpoint(
            position: end,
            sample: window.sample(upTo: end.offset),
            totals: totals,
            skipped: skipped,
            isLast: chunk.isLast && range.upperBound == chunk.entries.count
        )
    }

    private func finish(_ draft: ImportCheckpoint, on connection: Connection) throws -> ImportCheckpoint {
        let sent = draft.totals.outcome.proposed - totals.outcome.proposed
        var totals = draft.totals
        totals.outcome = self.totals.outcome
        totals.outcome += try merge.map { try job.merge(staged: sent, $0, on: connection) } ?? .inserted(sent)
        return ImportCheckpoint(
            position: draft.position,
            sample: draft.sample,
            totals: totals,
            skipped: draft.skipped,
            isLast: draft.isLast
        )
    }

    private func skipped(_ range: Range<Int>, of chunk: borrowing ImportChunk) -> [SkippedLine] {
        chunk.failures(in: range).map { index, reason in
            row(index, of: chunk, sqlState: nil, reason: reason)
        }
    }

    private func row(
        _ index: Int,
        of chunk: borrowing ImportChunk,
        sqlState: String?,
        reason: String
    ) -> SkippedLine {
        let start = chunk.entries[index].start
        let end = chunk.end(of: index..<index + 1)
        return SkippedLine(
            line: start.line,
            text: window.text(from: start.offset, to: end.offset),
            sqlState: sqlState,
            reason: reason
        )
    }

    // MARK: Refusals

    /// Finds the rows that the server refused, and stores the others.
    private func recover(
        _ range: Range<Int>,
        of chunk: borrowing ImportChunk,
        from error: any Error,
        attempt: Int
    ) throws {
        guard let refusal = refusal(in: error) else {
            throw job.located(error, relation, after: 0)
        }
        if PostgresError.server(refusal).isTransient, let delay = Backoff().delay(afterAttempt: attempt) {
            Thread.sleep(forTimeInterval: delay)
            return try retry(range, of: chunk, attempt: attempt + 1)
        }
        let context = CopyContext(refusal, table: relation)
        let named = context.flatMap { chunk.index(ofRow: $0.row, in: range) }
        guard maxSkipped > 0, refusal.isAboutRow else {
            throw ImportError.refused(
                job.load.source,
                refusal,
                place(named ?? (range.count == 1 ? range.lowerBound : nil), context, of: chunk)
            )
        }
        if range.count == 1 { return try skip(range.lowerBound, of: chunk, refusal, context) }
        for part in Self.parts(of: range, around: named) { try retry(part, of: chunk, attempt: 1) }
    }

    /// What the server refused, if that is what ended a chunk.
    private func refusal(in error: any Error) -> ServerError? {
        switch error {
        case PostgresError.server(let refusal): refusal
        // The server had given up on an earlier line when the reader met a later one; a chunk that was not read to its
        // end is not stored in parts.
        case TransactionError.cleanupFailed(_, PostgresError.server(let refusal)) where maxSkipped == 0:
            refusal
        default: nil
        }
    }

    private func retry(_ range: Range<Int>, of chunk: borrowing ImportChunk, attempt: Int) throws {
        do {
            try store(range, of: chunk)
        } catch {
            try recover(range, of: chunk, from: error, attempt: attempt)
        }
    }

    /// What to try after a refusal: halves; where the server named a row, the rows before it, the row, and the others
    /// in halves.
    static func parts(of range: Range<Int>, around named: Int?) -> [Range<Int>] {
        guard let named else {
            let middle = range.lowerBound + range.count / 2
            return [range.lowerBound..<middle, middle..<range.upperBound]
        }
        let rest = named + 1..<range.upperBound
        let middle = rest.lowerBound + rest.count / 2
        return [
            range.lowerBound..<named, named..<named + 1, rest.lowerBound..<middle, middle..<rest.upperBound,
        ].filter { !$0.isEmpty }
    }

    /// Leaves out a row that is refused by itself.
    private func skip(
        _ index: Int,
        of chunk: borrowing ImportChunk,
        _ refusal: ServerError,
        _ context: CopyContext?
    ) throws {
        guard totals.skipped < maxSkipped else {
            throw ImportError.refused(job.load.source, refusal, place(index, context, of: chunk))
        }
        let reason = refusal.message + (refusal.detail.map { " (\($0))" } ?? "")
        let row = row(index, of: chunk, sqlState: refusal.sqlState.rawValue, reason: reason)
        let draft = draft(index..<index + 1, of: chunk, [row])
        try transaction { _ in draft }
    }

    private func place(
        _ index: Int?,
        _ context: CopyContext?,
        of chunk: borrowing ImportChunk
    ) -> ImportError.Place? {
        guard let index else { return nil }
        let line = chunk.entries[index].start.line
        return .init(row: totals.rows + index + 1, line: line, column: context?.column)
    }

    private var relation: String {
        merge == nil ? job.table.name.name : ImportStatements.staging.name
    }
}

extension WriteOutcome {
    fileprivate static func inserted(_ count: Int) -> WriteOutcome {
        var outcome = WriteOutcome()
        (outcome.proposed, outcome.inserted) = (count, count)
        return outcome
    }
}

extension ServerError {
    /// Whether another row might well be taken: bad data, a broken constraint, an exception of a trigger, a view's
    /// check, or a row too large; not what is wrong with the table or the server.
    fileprivate var isAboutRow: Bool {
        ["22", "23", "P0", "44", "54"].contains(String(sqlState.rawValue.prefix(2)))
    }
}
