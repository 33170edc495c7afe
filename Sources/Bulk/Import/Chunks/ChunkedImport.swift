import Digests
import Postgres

/// An import that commits in chunks, each together with the place in the file that it reaches.
///
/// A chunk goes to the server by COPY while it is read, and is kept until it is committed. When the server refuses
/// something in it and rows may be left out, the chunk is stored again from memory in parts, each in a transaction of
/// its own with its own place in the file, down to the row that is refused. No savepoints are taken: the rows that are
/// right pay for them as well, and an error that comes at COMMIT would not be found. Only what comes through a pipe is one
/// transaction, with a savepoint for each chunk, because nobody could go on with it.
///
/// Keeping costs memory and time that few files need. So a file that can be read again is sent without being kept, by one
/// session or by several (``ChunkLanes``), and what comes of a chunk that went wrong is found out by reading that one again.
package final class ChunkedImport {
    /// The bytes of the file that a chunk takes, at least. Large enough that the commit does not count.
    package static let defaultChunkSize = 4 << 20
    /// The most rows of a chunk, which bounds what is kept of short ones.
    static let mostRows = 100_000

    let job: ImportJob
    let connection: Connection
    let merge: SinkPlan?
    let maxSkipped: Int
    let workers: Int
    let commits: Settings.Commits
    private let options: TransactionOptions
    private var pace: ChunkPace
    private let begin: Start
    let ledger: any ImportLedger
    let onEvent: (ImportEvent) -> Void

    /// What was committed, and up to where.
    private(set) var totals: ImportTotals
    private(set) var committed: RecordPosition
    /// The bytes of the file up to there.
    private(set) var content: ContentDigest
    /// The bytes up to the last record that was read, taken while the server was busy with it.
    var ahead: ContentDigest
    /// The first bytes of the file, once they were read.
    var head: ContentDigest?
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
        (maxSkipped, commits, workers) = (settings.maxSkipped, settings.commits, settings.workers)
        options = settings.options
        pace = ChunkPace(settings, job.input.repetition)
        begin = start
        merge = try job.mergePlan()
        (totals, committed) = (start.totals, start.position)
        (self.content, ahead) = (content, content)
        window = RawWindow(at: start.position.offset)
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
        _ = try connection.rows(ofAll: job.clearing + (merge == nil ? [] : job.staging))
        try runChunks()
    }

    private func runChunks() throws {
        while try !nextChunk() {}
    }

    /// Whether the file ends behind it.
    private func nextChunk() throws -> Bool {
        switch pace.next(at: committed.offset) {
        case .kept(let size): return try storeKept(size)
        case .streamed(let size): return try readAgainWhereRefused { try storeStreamed(size) }
        case .shared(let size):
            return try readAgainWhereRefused { try ChunkLanes(self, chunkSize: size).run() }
        }
    }

    /// Stores chunks that are kept as long as there is a reason to.
    private func storeKept(_ size: Int) throws -> Bool {
        var chunk = ImportChunk(numbersRows: merge != nil, size: size)
        window.reserve(for: size)
        repeat {
            chunk.removeAll()
            try next(&chunk)
            window.forget(before: committed.offset)
        } while !chunk.isLast && pace.next(at: committed.offset) == .kept(size)
        return chunk.isLast
    }

    /// What nobody has kept is read again when it was refused, and kept then: only so is it known which row it was about.
    private func readAgainWhereRefused(_ body: () throws -> Bool) throws -> Bool {
        do {
            return try body()
        } catch  where isAboutChunk(error) {
            pace.refused(before: job.input.bytesRead)
            if workers > 1, pace.keepsRest {
                onEvent(.goesOnAlone("rows were refused, and are looked for one by one"))
            }
            try rewind()
            return false
        }
    }

    private func rewind() throws {
        try job.input.rewind(to: committed.offset)
        (window, ahead) = (RawWindow(at: committed.offset), content)
        var place = committed
        if committed == begin.position { place.offset += try passLineEnd(begin.lineEnd) }
        try job.resume(at: place)
    }

    /// Reads the end of a line that had none when its row was stored.
    func passLineEnd(_ count: Int) throws -> Int {
        let bytes = try job.input.take(count)
        bytes.withUnsafeBytes { window.append($0) }
        return bytes.count
    }

    private func isAboutChunk(_ error: any Error) -> Bool {
        switch error {
        case is CSVError, is JSONLinesError: true
        // What was cancelled by whoever runs the import is not tried again.
        case let error as PostgresError: !error.isConnectionLost && !Task.isCancelled
        case TransactionError.cleanupFailed(let cause, let cleanup):
            isAboutChunk(cause) && !cleanup.isConnectionLost
        default: false
        }
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
            if chunk.reading == .whole, try ledger.settles(error, at: committed, on: connection) {
                return try retry(chunk.all, of: chunk, attempt: 1)
            }
            let depth: SieveDepth = merge == nil ? .table : .staging
            if sieve(&chunk, after: error, depth) { return try storeSieved(&chunk) }
            try recover(chunk.all, of: chunk, from: error, attempt: 1)
        }
    }

    /// Reads and stores the next chunk without keeping it.
    private func storeStreamed(_ size: Int) throws -> Bool {
        var rows = StreamedRows()
        let start = ContinuousClock.now
        try transaction { connection in
            // What was answered so far is the beginning of the transaction.
            let limit = pace.limit(size, ContinuousClock.now - start)
            let taken = try copyIn(on: connection) { copy in try stream(limit, into: copy, &rows) }
            return try finish(draft(rows), taken, on: connection)
        }
        return rows.isLast
    }

    // MARK: Storing

    /// Runs one chunk's transaction; what `body` returns counts when it is committed.
    func transaction(_ body: (Connection) throws -> ImportCheckpoint) throws {
        note(
            try commits == .eachChunk ? ownTransaction(body) : savepoint(body)
        )
    }

    /// A chunk's transaction has come to its end.
    func note(_ checkpoint: ImportCheckpoint) {
        (totals, committed, content) = (checkpoint.totals, checkpoint.position, checkpoint.content)
        for row in checkpoint.skipped { onEvent(.skipped(row)) }
        if commits == .eachChunk { onEvent(.stored(rows: totals.rows, line: committed.line - 1)) }
    }

    private func ownTransaction(_ body: (Connection) throws -> ImportCheckpoint) throws -> ImportCheckpoint {
        let first = committed.offset == 0 ? job.clearing : []
        let opening = first + ledger.opening(at: committed) + (merge == nil ? [] : job.staging)
        return try ledger.watching(connection) {
            try connection.transaction(opening: opening) { connection, answers in
                try ledger.claim(answers.dropFirst(first.count), at: committed)
                return try end(identified(body(connection)), on: connection)
            }
        }
    }

    /// What is left to be done when the rows of a chunk are stored.
    func end(
        _ checkpoint: ImportCheckpoint,
        on connection: Connection
    ) throws -> TransactionEnd<ImportCheckpoint> {
        let closing = try ledger.closing(checkpoint, from: committed, on: connection)
        // A server that crashes loses a chunk together with the place behind it, so nobody has to wait for the
        // disk but for the last one; and for the first, so that an import whose record is gone is one whose record
        // somebody has removed.
        let isBetween = committed.offset > 0 && !checkpoint.isLast
        return TransactionEnd(closing + (isBetween ? [ImportStatements.commitLater] : [])) { _ in checkpoint }
    }

    private func savepoint(_ body: (Connection) throws -> ImportCheckpoint) throws -> ImportCheckpoint {
        try connection.execute(ImportStatements.savepoint)
        do {
            try ledger.claim(connection.rows(ofAll: ledger.opening(at: committed))[...], at: committed)
            if merge != nil { try connection.execute(ImportStatements.emptyStaging) }
            let checkpoint = identified(try body(connection))
            _ = try connection.rows(ofAll: ledger.closing(checkpoint, from: committed, on: connection))
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
    ///
    /// - Parameter known: what is known of the file up to a place that is not behind the checkpoint's.
    func identified(_ checkpoint: ImportCheckpoint, by known: ContentDigest? = nil) -> ImportCheckpoint {
        var checkpoint = checkpoint
        let place = checkpoint.position.offset
        // What stands behind the last record, empty lines for instance, belongs to the file as well.
        let end = checkpoint.isLast ? job.input.bytesRead : place
        checkpoint.content = window.digest(behind: known ?? (ahead.count <= end ? ahead : content), upTo: end)
        if content.count == 0 { checkpoint.head = head ?? window.head }
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
        try copyIn(on: connection) { try write(range, of: chunk, to: $0) }
    }

    /// Writes the rows that are not left out.
    func write(_ range: Range<Int>, of chunk: borrowing ImportChunk, to copy: CopyWriter) throws {
        for part in chunk.goodParts(of: range) { try copy.append(chunk.encoded(part)) }
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
        try connection.copyIn(copyStatement, body)
    }

    /// The COPY of a chunk.
    var copyStatement: SQL {
        let names = job.mapping.columns.map(\.name)
        return merge == nil
            ? CopyStatements.copy(into: job.table.name, names, format: "text")
            : CopyStatements.copy(into: ImportStatements.staging, names + [job.ordinal], format: "text")
    }

    /// What stands behind rows that were sent and not kept.
    func draft(_ rows: StreamedRows) -> ImportCheckpoint {
        var totals = totals
        totals.rows += rows.count
        totals.outcome.proposed += rows.count
        return ImportCheckpoint(position: rows.end, totals: totals, skipped: [], isLast: rows.isLast)
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
    func finish(
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
