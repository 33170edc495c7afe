import Foundation
import Postgres

// Finding the rows that the server refuses.

extension ChunkedImport {
    /// Finds the rows that the server refused, and stores the others.
    func recover(
        _ range: Range<Int>,
        of chunk: borrowing ImportChunk,
        from error: any Error,
        attempt: Int
    ) throws {
        guard let refusal = refusal(in: error) else {
            throw job.located(error, relation, after: 0)
        }
        if chunk.reading == .whole, let delay = delay(after: error, attempt: attempt) {
            try pause(delay, because: error)
            return try retry(range, of: chunk, attempt: attempt + 1)
        }
        // It is about others or about the session, not about a row, and was tried often enough.
        if let error = error as? PostgresError, error.isTransient || error.isConnectionLost { throw error }
        let context = CopyContext(refusal, table: relation)
        let named = context.flatMap { chunk.index(ofRow: $0.row, in: range) }
        guard maxSkipped > 0, refusal.isAboutRow, chunk.reading == .whole else {
            let found = named == nil ? guiltyRow(in: range, of: chunk, refusal) : nil
            throw ImportError.refused(
                job.load.source,
                found?.refusal ?? refusal,
                place(named ?? found?.index, context, of: chunk)
            )
        }
        if range.count == 1 { return try skip(range.lowerBound, of: chunk, refusal, context) }
        var parts = Self.parts(of: range, around: named)
        if let named, try leaveOut(named, after: range.lowerBound..<named, of: chunk, refusal) {
            parts.removeAll { $0.upperBound <= named + 1 }
        }
        for part in parts { try retry(part, of: chunk, attempt: 1) }
    }

    /// Stores the rows before one that the server named and leaves that one out, in one transaction: the server would
    /// say the same of it again. Whether it went well; if not, all of them are to be tried by themselves.
    private func leaveOut(
        _ index: Int,
        after range: Range<Int>,
        of chunk: borrowing ImportChunk,
        _ refusal: ServerError
    ) throws -> Bool {
        let earlier = skipped(range, of: chunk)
        guard totals.skipped + earlier.count < maxSkipped else { return false }
        let row = row(index, of: chunk, sqlState: refusal.sqlState.rawValue, reason: Self.reason(refusal))
        let draft = draft(range.lowerBound..<index + 1, of: chunk, earlier + [row])
        do {
            try store(range, of: chunk, draft)
            return true
        } catch PostgresError.server {
            return false
        }
    }

    static func reason(_ refusal: ServerError) -> String {
        refusal.message + (refusal.detail.map { " (\($0))" } ?? "")
    }

    /// How long to wait before the same is tried again; `nil` when it would fail again, or did so too often.
    func delay(after error: any Error, attempt: Int) -> Double? {
        guard let error = error as? PostgresError, error.isTransient, !error.isConnectionLost else {
            return nil
        }
        return Backoff().delay(afterAttempt: attempt)
    }

    /// Waits before the same is tried again; the session gives signs of life meanwhile.
    func pause(_ seconds: Double, because error: any Error) throws {
        onEvent(.retrying(reason: ledger.reason(of: error), after: seconds))
        guard commits == .eachChunk else { return Thread.sleep(forTimeInterval: seconds) }
        try SignOfLife(connection).wait(seconds: seconds)
    }

    /// What the server refused, if that is what ended a chunk.
    func refusal(in error: any Error) -> ServerError? {
        switch error {
        case PostgresError.server(let refusal): refusal
        // The server had given up on an earlier line when the reader met a later one; a chunk that was not read to its
        // end is not stored in parts.
        case TransactionError.cleanupFailed(_, PostgresError.server(let refusal)) where maxSkipped == 0:
            refusal
        default: nil
        }
    }

    func retry(_ range: Range<Int>, of chunk: borrowing ImportChunk, attempt: Int) throws {
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
        let row = row(index, of: chunk, sqlState: refusal.sqlState.rawValue, reason: Self.reason(refusal))
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

    var relation: String {
        merge == nil ? job.table.name.name : ImportStatements.staging.name
    }
}

extension ServerError {
    /// Whether another row might well be taken: bad data, a broken constraint, an exception of a trigger, a view's
    /// check, or a row too large; not what is wrong with the table or the server.
    var isAboutRow: Bool {
        ["22", "23", "P0", "44", "54"].contains(String(sqlState.rawValue.prefix(2)))
    }
}
