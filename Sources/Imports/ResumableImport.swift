import Backfills
public import Bulk
public import Control
import Foundation
public import Postgres

/// An import that goes on where it stopped, whatever ended it.
///
/// The file is stored in chunks. Each commits together with the place in the file that it reaches, so after `kill -9`, a
/// lost connection or a bad line the same import goes on behind the last chunk: no row is missed, none is stored twice.
/// A small file is one chunk, and so all or nothing. What cannot be read again from the middle (a pipe) and tables with
/// a foreign key to themselves are imported in one transaction; rows of a pipe can be left out all the same.
///
/// This is a module above `Bulk`, which knows no control tables, and `Backfills`, whose table of rows that were left out
/// it shares. It shares no more: an import walks no table, so ranges, leases and key orders mean nothing to it; its
/// whole state is one place in one file.
///
/// ```swift
/// var resumable = ResumableImport(FileImport(.file("cities.csv.gz"), into: "city"))
/// resumable.maxSkipped = 10
/// let end = try resumable.run(on: connection) { event in … }
/// ```
public struct ResumableImport: Sendable {
    /// The file, the table and the columns.
    public var load: FileImport
    /// How many rows may be left out because they cannot be read or are refused. Default: none, the first one stops the
    /// import.
    public var maxSkipped = 0
    /// The bytes of the file that a chunk takes, at least. Default: 4 MiB.
    public var chunkSize = 4 << 20
    /// What to do about an earlier import of the same file into the same table.
    public var start = Start.resume
    /// The schema of the control tables.
    public var schema = ControlSchema()

    /// What to do about an earlier import.
    public enum Start: Hashable, Sendable {
        /// Go on with one that stopped; do nothing after one that completed.
        case resume
        /// Begin at the first row. Rows of the earlier import stay in the table.
        case restart
    }

    /// How an import ended.
    public enum End: Sendable {
        /// All of the file is settled. The counts are those of all attempts together.
        case imported(ImportResult)
        /// It was already, by an earlier import of the same file; nothing was done.
        case alreadyImported(ImportRun)
    }

    /// Describes an import; what is not set keeps its default.
    public init(_ load: FileImport) {
        self.load = load
    }

    /// Imports what is left of the file.
    ///
    /// - Parameter connection: a connection without an open transaction.
    /// - Throws: ``ImportRunError``; `ImportError` with the line when nothing at all is stored; `TargetError`,
    ///   `ControlError`, `PostgresError`, `TransactionError`.
    public func run(
        on connection: Connection,
        onEvent: @escaping (ImportEvent) -> Void = { _ in }
    ) throws -> End {
        let reason = try load.reasonForOneTransaction(on: connection)
        if reason != nil, maxSkipped == 0 {
            return .imported(try load.run(on: connection, onEvent: onEvent))
        }
        guard reason != .selfReferencing else { throw ImportRunError.cannotSkip(table: load.table) }
        try installTables(on: connection)
        let ledger = RunLedger(
            schema,
            file: path,
            target: try target(on: connection),
            options: load.fingerprint,
            kind: reason == .pipe ? .ofOneTransaction : .resumable
        )
        if reason == .pipe { return try runFromStart(ledger, on: connection, onEvent) }
        let earlier = try connection.rows(ledger.statements.latest(file: path, target: ledger.target))
            .first.map { try ImportRun($0) }
        return try run(after: earlier, ledger, on: connection, onEvent)
    }

    /// The rows that the latest import of this file into this table left out, in the order of the file.
    ///
    /// - Throws: `TargetError`, `ControlError`, `PostgresError`.
    public func skippedRows(on connection: Connection) throws -> [SkippedLine] {
        guard try schema.standing(of: .imports, on: connection) != .absent else { return [] }
        try installTables(on: connection)
        let statements = ImportRunStatements(schema: schema)
        return try connection.rows(statements.skipped(file: path, target: target(on: connection))).map {
            row in
            let (line, text, state, reason) = try row.decode(Int.self, String.self, String?.self, String.self)
            return SkippedLine(line: line, text: text, sqlState: state, reason: reason)
        }
    }

    private func installTables(on connection: Connection) throws {
        do {
            for tables in [Component.backfills, .imports] { try schema.install(tables, on: connection) }
        } catch let error as ControlError {
            throw ImportRunError.noControlTables(error)
        }
    }

    private func run(
        after earlier: ImportRun?,
        _ ledger: RunLedger,
        on connection: Connection,
        _ onEvent: @escaping (ImportEvent) -> Void
    ) throws -> End {
        guard let earlier else { return try runFromStart(ledger, on: connection, onEvent) }
        if start == .restart {
            if earlier.state == .running { try connection.execute(ledger.statements.abandon(earlier.id)) }
            return try runFromStart(ledger, on: connection, onEvent)
        }
        if earlier.state == .completed {
            return try isSame(earlier, ledger, on: connection)
                ? .alreadyImported(earlier) : runFromStart(ledger, on: connection, onEvent)
        }
        guard earlier.options == ledger.options else {
            throw ImportRunError.optionsChanged(file: path, target: ledger.target, run: earlier)
        }
        ledger.adopt(earlier)
        return try run(from: earlier, ledger, on: connection, onEvent)
    }

    private func runFromStart(
        _ ledger: RunLedger,
        on connection: Connection,
        _ onEvent: @escaping (ImportEvent) -> Void
    ) throws -> End {
        try run(from: nil, ledger, on: connection, onEvent)
    }

    private func run(
        from earlier: ImportRun?,
        _ ledger: RunLedger,
        on connection: Connection,
        _ onEvent: @escaping (ImportEvent) -> Void
    ) throws -> End {
        var start = ChunkedImport.Start()
        if let earlier { (start.position, start.totals) = (earlier.position, earlier.totals) }
        var settings = ChunkedImport.Settings()
        (settings.chunkSize, settings.maxSkipped) = (chunkSize, maxSkipped)
        settings.commits = ledger.kind == .resumable ? .eachChunk : .atTheEnd
        var settled = (rows: start.totals.rows, line: start.position.line)
        let reached = Reached(settled)
        do {
            let result = try ChunkedImport.run(
                load,
                from: start,
                settings,
                ledger: ledger,
                on: connection,
                check: { facts in
                    ledger.size = facts.size
                    guard let earlier else { return }
                    let checksum = try connection.queryOne(
                        ledger.statements.checksum(facts.sample),
                        as: String.self
                    )
                    guard checksum == earlier.checksum else {
                        throw ImportRunError.fileChanged(file: path, target: ledger.target, run: earlier)
                    }
                },
                onEvent: { event in
                    if case .stored(let rows, let line) = event { reached.place = (rows, line + 1) }
                    onEvent(event)
                }
            )
            return .imported(result)
        } catch let error as ImportRunError {
            throw error
        } catch  where reached.place.rows > 0 {
            settled = reached.place
            throw ImportRunError.stopped(cause: error, rows: settled.rows, line: settled.line)
        }
    }

    /// How far the chunks came.
    private final class Reached {
        var place: (rows: Int, line: Int)
        init(_ place: (rows: Int, line: Int)) { self.place = place }
    }

    /// Whether a completed import was one of this very file, with the same options.
    private func isSame(_ run: ImportRun, _ ledger: RunLedger, on connection: Connection) throws -> Bool {
        guard run.options == ledger.options else { return false }
        let facts = try load.facts(upTo: run.position, on: connection)
        guard facts.size == run.fileSize else { return false }
        return try connection.queryOne(ledger.statements.checksum(facts.sample), as: String.self)
            == run.checksum
    }

    private func target(on connection: Connection) throws -> String {
        try load.targetTable(on: connection).name.description
    }

    /// The path without symbolic links and dots: the same file by whatever name it is called.
    private var path: String {
        guard case .file(let path) = load.source else { return load.source.description }
        return URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    }
}
