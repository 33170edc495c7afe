import Digests
import Postgres

/// An import that commits in chunks, each together with the place in the file that it reaches.
///
/// A chunk goes to the server by COPY while it is read, and is kept until it is committed. When the server refuses
/// something in it and rows may be left out, the chunk is stored again from memory in parts, each in a transaction of
/// its own with its own place in the file, down to the row that is refused. No savepoints are taken: the rows that are
/// right pay for them as well, and an error that comes at COMMIT would not be found. Only what comes through a pipe is one
/// transaction, with a savepoint for each chunk, because nobody could go on with it.
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
    let commits: Settings.Commits
    private let options: TransactionOptions
    let ledger: any ImportLedger
    let onEvent: (ImportEvent) -> Void

    /// What was committed, and up to where.
    private(set) var totals: ImportTotals
    private(set) var committed: RecordPosition
    /// The bytes of the file up to there.
    private var content: ContentDigest
    /// The bytes up to the last record that was read, taken while the server was busy with it.
    var ahead: ContentDigest
    var window: RawWindow

    /// What to import, and from where.
    package struct Start {
        /// The place behind the last row that is stored.
        package var position = RecordPosition()
        /// What became of the rows up to there.
        package var totals = ImportTotals()
        /// The bytes behind the place that end its line: a last line that had no end when it was stored, and has one now.
        package var lineEnd = 0

        /// The beginning.
        package init() {}
    }

    init(
        _ job: ImportJob,
        _ start: Start,
        behind content: ContentDigest,
        _ settings: Settings,
        _ ledger: any ImportLedger,
        on connection: Connection,
        _ onEvent: @escaping (ImportEvent) -> Void
    ) throws {
        (self.job, self.ledger, self.connection, self.onEvent) = (job, ledger, connection, onEvent)
        (chunkSize, maxSkipped, commits) = (settings.chunkSize, settings.maxSkipped, settings.commits)
        options = settings.options
        merge = try job.mergePlan()
        (totals, committed) = (start.totals, start.position)
        (self.content, ahead) = (content, content)
        window = RawWindow(at: start.position.offset, chunkSize: chunkSize)
    }

    /// Imports to the end of the file.
    func run() throws {
        switch commits {
        case .eachChunk: try runChunks()
        case .atTheEnd: try ledger.watching(connection) { try connection.transaction(options, runInside) }
        case .never:
            try ledger.watching(connection) { try connection.rolledBackTransaction(options, runInside) }
        }
    }

    private func runInside(_ connection: Connection) throws {
        try job.clearTable(on: connection)
        if merge != nil { try job.createStaging(on: connection) }
        try runChunks()
    }

    private func runChunks() throws {
        var chunk = ImportChunk(numbersRows: merge != nil, size: chunkSize)
        repeat {
            chunk.removeAll()
            try next(&chunk)
            window.forget(before: committed.offset)
        } while !chunk.isLast
    }

    /// Reads and stores the next chunk.
    private func next(_ chunk: inout ImportChunk, attempt: Int = 1) throws {
        do {
            try transaction { connection in
                let taken = try copyIn(on: connection) { copy in try fill(&chunk, into: copy) }
                return try finish(checkedDraft(chunk.all, of: chunk), taken, on: connection)
            }
        } catch {
            // Before anything was read, for instance when the table is locked, there is nothing to store in parts.
            if chunk.reading == .untouched, let delay = delay(after: error, attempt: attempt) {
                try pause(delay, because: error)
                return try next(&chunk, attempt: attempt + 1)
            }
            let depth: SieveDepth = merge == nil ? .table : .staging
            if sieve(&chunk, after: error, depth) { return try storeSieved(&chunk) }
            try recover(chunk.all, of: chunk, from: error, attempt: 1)
        }
    }

    // MARK: Storing

    /// Runs one chunk's transaction; what `body` returns counts when it is committed.
    func transaction(_ body: (Connection) throws -> ImportCheckpoint) throws {
        let checkpoint =
            switch commits {
            case .eachChunk: try ownTransaction(body)
            case .atTheEnd, .never: try savepoint(body)
            }
        (totals, committed, content) = (checkpoint.totals, checkpoint.position, checkpoint.content)
        for row in checkpoint.skipped { onEvent(.skipped(row)) }
        if commits == .eachChunk { onEvent(.stored(rows: totals.rows, line: committed.line - 1)) }
    }

    private func ownTransaction(_ body: (Connection) throws -> ImportCheckpoint) throws -> ImportCheckpoint {
        let isFirst = committed.offset == 0
        return try ledger.watching(connection) {
            try connection.transaction { connection in
                if isFirst { try job.clearTable(on: connection) }
                try ledger.claim(at: committed, on: connection)
                if merge != nil { try job.createStaging(on: connection) }
                let checkpoint = identified(try body(connection))
                try ledger.record(checkpoint, on: connection)
                // A server that crashes loses a chunk together with the place behind it, so nobody has to wait for the
                // disk but for the last one; and for the first, so that an import whose record is gone is one whose record
                // somebody has removed.
                if !isFirst, !checkpoint.isLast { try connection.execute(ImportStatements.commitLater) }
                return checkpoint
            }
        }
    }

    private func savepoint(_ body: (Connection) throws -> ImportCheckpoint) throws -> ImportCheckpoint {
        try connection.execute(ImportStatements.savepoint)
        do {
            try ledger.claim(at: committed, on: connection)
            if merge != nil { try connection.execute(ImportStatements.emptyStaging) }
            let checkpoint = identified(try body(connection))
            try ledger.record(checkpoint, on: connection)
            // What a COMMIT would refuse has to come out while the chunk is at hand.
            if commits == .never { try connection.execute(ImportStatements.checkConstraints) }
            try connection.execute(ImportStatements.release)
            return checkpoint
        } catch {
            // Where this fails as well the transaction is lost, and says why it began to fail.
            guard (try? connection.execute(ImportStatements.rollBack)) != nil else { throw error }
            try connection.execute(ImportStatements.release)
            throw error
        }
    }

    /// Says what the file is known by behind rows that were stored: the bytes are looked at once, however often rows were tried.
    private func identified(_ checkpoint: ImportCheckpoint) -> ImportCheckpoint {
        var checkpoint = checkpoint
        let place = checkpoint.position.offset
        // What stands behind the last record, empty lines for instance, belongs to the file as well.
        let end = checkpoint.isLast ? job.input.bytesRead : place
        checkpoint.content = window.digest(behind: ahead.count <= end ? ahead : content, upTo: end)
        if content.count == 0 {
            let size = min(ImportContent.headSize, job.input.bytesRead)
            checkpoint.head = window.digest(behind: ContentDigest(), upTo: size)
        }
        checkpoint.position.offset = end
        checkpoint.position.line += window.lineEnds(from: place, to: end)
        return checkpoint
    }

    /// Stores records of the chunk again.
    func store(_ range: Range<Int>, of chunk: borrowing ImportChunk) throws {
        try store(range, of: chunk, checkedDraft(range, of: chunk))
    }

    /// Stores rows, and with them what becomes of the file up to there.
    func store(_ range: Range<Int>, of chunk: borrowing ImportChunk, _ draft: ImportCheckpoint) throws {
        try transaction { connection in
            let taken = try send(range, of: chunk, on: connection)
            return try finish(draft, taken, on: connection)
        }
    }

    /// Sends rows of the chunk by one COPY; how many of them the server has taken.
    func send(_ range: Range<Int>, of chunk: borrowing ImportChunk, on connection: Connection) throws -> Int {
        try copyIn(on: connection) { copy in
            for part in chunk.goodParts(of: range) {
                let bytes = chunk.encoded(part)
                for start in stride(from: 0, to: bytes.count, by: CopyWriter.flushSize) {
                    try copy.write(bytes[start..<min(start + CopyWriter.flushSize, bytes.count)])
                }
            }
        }
    }

    /// What stands behind some records when no more of them than allowed are left out.
    private func checkedDraft(_ range: Range<Int>, of chunk: borrowing ImportChunk) throws -> ImportCheckpoint
    {
        let skipped = skipped(range, of: chunk)
        guard totals.skipped + skipped.count <= maxSkipped else {
            throw ImportError.tooManySkipped(job.load.source, skipped[maxSkipped - totals.skipped])
        }
        return draft(range, of: chunk, skipped)
    }

    /// Sends rows; how many of them the server has taken.
    private func copyIn(on connection: Connection, _ body: (CopyWriter) throws -> Void) throws -> Int {
        let names = job.mapping.columns.map(\.name)
        let statement =
            merge == nil
            ? CopyStatements.copy(into: job.table.name, names, format: "text")
            : CopyStatements.copy(into: ImportStatements.staging, names + [job.ordinal], format: "text")
        return try connection.copyIn(statement, body)
    }

    func draft(
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
            totals: totals,
            skipped: skipped,
            isLast: chunk.isLast && range.upperBound == chunk.entries.count
        )
    }

    /// - Parameter taken: how many rows the COPY has stored, by the server's own count.
    private func finish(
        _ draft: ImportCheckpoint,
        _ taken: Int,
        on connection: Connection
    ) throws -> ImportCheckpoint {
        let sent = draft.totals.outcome.proposed - totals.outcome.proposed
        var totals = draft.totals
        totals.outcome = self.totals.outcome
        totals.outcome +=
            try merge.map { try job.merge(staged: sent, $0, on: connection) } ?? .inserted(taken, of: sent)
        return ImportCheckpoint(
            position: draft.position,
            totals: totals,
            skipped: draft.skipped,
            isLast: draft.isLast
        )
    }

    func skipped(_ range: Range<Int>, of chunk: borrowing ImportChunk) -> [SkippedLine] {
        chunk.failures(in: range).map { index, failure in
            row(index, of: chunk, sqlState: failure.sqlState, reason: failure.reason)
        }
    }

    func row(
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
}

extension WriteOutcome {
    fileprivate static func inserted(_ count: Int, of proposed: Int) -> WriteOutcome {
        var outcome = WriteOutcome()
        (outcome.proposed, outcome.inserted, outcome.dropped) = (proposed, count, proposed - count)
        return outcome
    }
}
