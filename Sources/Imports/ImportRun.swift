import Bulk
import Postgres

/// An import as its row in the table `import_run` tells.
public struct ImportRun: Hashable, Sendable {
    /// Whether more of the file is to come.
    public enum State: String, Hashable, Sendable {
        /// It can be gone on with.
        case running
        /// All of the file is settled.
        case completed
        /// Somebody began again from the start.
        case abandoned
    }

    /// Its number.
    public let id: Int64
    /// Whether more of the file is to come.
    public let state: State
    /// The rows of the file that are settled, those left out among them.
    public let rowsRead: Int
    /// The rows that were left out; they are in the table `backfill_skipped`.
    public let rowsSkipped: Int
    /// The rows of those that were corrected and stored by another import.
    public let rowsSettled: Int
    /// The line that follows the settled ones.
    public let line: Int
    /// The rows that were left out and are not in the table yet, as far as is known.
    public var rowsUnsettled: Int { rowsSkipped - rowsSettled }
    /// When the last chunk was stored, as the server writes it.
    public let updatedAt: String

    /// The file as it was named.
    let file: String
    /// The options that decide what a row becomes.
    let options: String
    /// What the file was known by up to ``position``.
    let content: String?
    /// The table as it was.
    let target: TargetIdentity?
    let position: RecordPosition
    let totals: ImportTotals
}

extension ImportRun {
    init(_ row: Row) throws(DecodingFailure) {
        let (id, state, file, options, content, updatedAt) = try row.decode(
            Int64.self,
            String.self,
            String.self,
            String.self,
            String?.self,
            String.self
        )
        let (offset, line, records) = try row.decode(from: 6, Int.self, Int.self, Int.self)
        let (oid, tableFile) = try row.decode(from: 9, Int64?.self, String?.self)
        let (read, proposed, inserted, updated, duplicate, skipped, dropped) = try row.decode(
            from: 11,
            Int.self,
            Int.self,
            Int.self,
            Int.self,
            Int.self,
            Int.self,
            Int.self
        )
        var totals = ImportTotals()
        (totals.rows, totals.skipped) = (read, skipped)
        (totals.outcome.proposed, totals.outcome.duplicates) = (proposed, duplicate)
        (totals.outcome.inserted, totals.outcome.updated) = (inserted, updated)
        totals.outcome.dropped = dropped
        self.id = id
        self.state = State(rawValue: state) ?? .abandoned
        (self.file, self.options, self.content, self.updatedAt) = (file, options, content, updatedAt)
        target = oid.map { TargetIdentity(oid: $0, file: tableFile) }
        position = RecordPosition(offset: offset, line: line, records: records)
        self.totals = totals
        (rowsRead, rowsSkipped, self.line) = (read, skipped, line)
        rowsSettled = try row.value(Int.self, at: 18)
    }
}
