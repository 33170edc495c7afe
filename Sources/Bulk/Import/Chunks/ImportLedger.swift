package import Digests
package import Postgres

/// Keeps how far an import in chunks has come: what it writes commits together with the chunk's rows.
///
/// It hands out statements and looks at their answers, so that the first travel with BEGIN and the last with COMMIT.
package protocol ImportLedger: AnyObject {
    /// The first statements of a chunk's transaction, whatever was tried before and on whatever session. They make sure that nobody
    /// else goes on with this import.
    ///
    /// - Parameter position: the place where the chunk begins.
    func opening(at position: RecordPosition) -> [SQL]

    /// Looks at the answers to the first statements: whether the database stands where the reader believes it to stand.
    func claim(_ answers: ArraySlice<ResultSet>, at position: RecordPosition) throws

    /// The last statements of a chunk's transaction. They fail where the place is no longer that of the chunk, also for a chunk that
    /// was not claimed.
    ///
    /// - Parameter position: the place where the chunk begins.
    func closing(
        _ checkpoint: ImportCheckpoint,
        from position: RecordPosition,
        on connection: Connection
    ) throws -> [SQL]

    /// Looks, behind a chunk that was rolled back, whether the last statements have failed because the place or the table is not
    /// what it was. Whether they have, and the chunk can be stored all the same.
    ///
    /// - Throws: what has to be told when it cannot.
    func settles(_ error: any Error, at position: RecordPosition, on connection: Connection) throws -> Bool

    /// Why something failed, with who was in the way.
    func reason(of error: any Error) -> String

    /// Runs a transaction, and tells who is in its way while it waits.
    func watching<Value>(_ connection: Connection, _ body: () throws -> Value) rethrows -> Value
}

extension ImportLedger {
    package func settles(
        _ error: any Error,
        at position: RecordPosition,
        on connection: Connection
    ) throws -> Bool { false }

    package func reason(of error: any Error) -> String { "\(error)" }

    package func watching<Value>(_ connection: Connection, _ body: () throws -> Value) rethrows -> Value {
        try body()
    }
}

/// How far an import in chunks has come.
package struct ImportCheckpoint: Sendable {
    /// The place in the file behind the last row that is settled; at the end that of the file.
    package internal(set) var position: RecordPosition
    /// The bytes of the file up to there.
    package internal(set) var content = ContentDigest()
    /// Its first bytes, with the first checkpoint; see ``ImportContent/headSize``.
    package internal(set) var head: ContentDigest?
    /// What became of all rows up to there.
    package let totals: ImportTotals
    /// The rows that were left out since the last checkpoint.
    package let skipped: [SkippedLine]
    /// Whether the file ends here.
    package let isLast: Bool
}

/// What became of the rows of an import, up to some place in its file.
package struct ImportTotals: Hashable, Sendable {
    /// The rows read, those left out among them.
    package var rows = 0
    /// The rows left out because they could not be read or were refused.
    package var skipped = 0
    /// What became of the others.
    package var outcome = WriteOutcome()

    /// Nothing yet.
    package init() {}
}

/// A row of a file that was left out.
public struct SkippedLine: Hashable, Sendable {
    /// The line that it begins in, from 1.
    public let line: Int
    /// The row as it stands in the file, at most 64 KiB of it.
    public let text: String
    /// The server's code, where the server refused the row.
    public let sqlState: String?
    /// Why it was left out.
    public let reason: String

    /// A row that was left out before.
    package init(line: Int, text: String, sqlState: String?, reason: String) {
        (self.line, self.text, self.sqlState, self.reason) = (line, text, sqlState, reason)
    }
}

extension SkippedLine: CustomStringConvertible, CustomReflectable {
    /// The line and the reason, without the row.
    public var description: String { "line \(line): \(reason)" }

    /// Nothing to look into: rows do not belong into a log.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
