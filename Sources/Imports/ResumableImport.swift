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
/// let end = try await resumable.run(over: session) { event in … }
/// ```
public struct ResumableImport: Sendable {
    /// The file, the table and the columns.
    public var load: FileImport
    /// How many rows may be left out because they cannot be read or are refused. Default: none, the first one stops the
    /// import.
    public var maxSkipped = 0
    /// The bytes of the file that a chunk takes, at least. Default: 4 MiB, and up to 64 MiB where the server is far away.
    public var chunkSize: Int?
    /// How many sessions send rows at the same time, beside the one that keeps the place. Chunks are committed in the order of the file
    /// however many there are, so that nothing else changes. Default: 1, which is that one itself.
    public var workers = 1
    /// What to do about an earlier import of the same file into the same table.
    public var start = Start.resume
    /// The schema of the control tables.
    public var schema = ControlSchema()

    /// Whether rows of a file that has changed since may stay in the table where its keys settle or refuse them. Default: they
    /// may, as rows of any other file.
    var earlierRows = EarlierRows.mayStay

    /// What becomes of rows of a file that has changed since.
    enum EarlierRows {
        case mayStay
        /// Nothing may be in the table but the rows of the file as it is.
        case mustGo
    }

    /// What to do about an earlier import.
    public enum Start: Hashable, Sendable {
        /// Go on with one that stopped; do nothing after one that completed.
        case resume
        /// The same, and import what was added to a file since all of it was imported, or what lies behind the rows that came from
        /// a file of another name.
        case `continue`
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

    /// The rows that the latest import of this file into this table left out, in the order of the file.
    ///
    /// - Throws: `TargetError`, `ControlError`, `PostgresError`.
    public func skippedRows(on connection: Connection) throws -> [SkippedLine] {
        try rejectedRows(on: connection)?.rows ?? []
    }

    /// The same with the number of that import; `nil` when it left nothing out, or what it did is settled.
    public func rejectedRows(
        on connection: Connection
    ) throws -> (origin: RejectsFile.Origin, rows: [SkippedLine])? {
        guard try schema.standing(of: .imports, on: connection) != .absent else { return nil }
        try installTables(on: connection)
        let statements = ImportRunStatements(schema: schema)
        var origin: RejectsFile.Origin?
        let rows = try connection.rows(statements.skipped(file: path, target: target(on: connection))).map {
            row in
            let (run, begun) = try row.decode(Int64.self, Int64.self)
            origin = RejectsFile.Origin(run: run, begun: begun)
            let (line, text, state, reason) = try row.decode(
                from: 2,
                Int.self,
                String.self,
                String?.self,
                String.self
            )
            return SkippedLine(line: line, text: text, sqlState: state, reason: reason)
        }
        return origin.map { ($0, rows) }
    }

    func installTables(on connection: Connection) throws {
        do {
            let tables = [Component.backfills, .imports]
            guard try schema.standings(of: tables, on: connection).contains(where: { $0 != .current }) else {
                return
            }
            for tables in tables { try schema.install(tables, on: connection) }
        } catch let error as ControlError {
            throw ImportRunError.noControlTables(error)
        }
    }

    func target(on connection: Connection) throws -> String {
        try load.targetTable(on: connection).name.description
    }

    /// The path without symbolic links and dots: the same file by whatever name it is called.
    var path: String {
        guard case .file(let path) = load.source else { return load.source.description }
        return URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    }
}

/// One attempt after the other. What is settled stands in the database alone and is read anew by each.
extension ResumableImport {
    /// Imports what is left of the file, and goes on over another connection when one is lost.
    ///
    /// A session that somebody ended (`pg_terminate_backend`, a server that is shut down) stops the import; the same call
    /// goes on with it.
    ///
    /// - Parameters:
    ///   - backoff: how long to wait for a server that is away; by default half a minute.
    ///   - onEvent: called on the thread of the connection.
    /// - Throws: as ``run(on:onEvent:)``; `CancellationError` when the task was cancelled.
    public func run(
        over database: some ConnectionLender,
        backoff: Backoff = Backoff(attempts: 15),
        onEvent: @escaping @Sendable (ImportEvent) -> Void = { _ in }
    ) async throws -> End {
        let memory = ImportMemory(backoff)
        while true {
            do {
                return try await database.withConnection { connection in
                    try attempts(memory, on: connection, onEvent)
                }
            } catch {
                guard let delay = memory.delay(after: error) else {
                    throw await lookedUp(error, memory, database)
                }
                onEvent(.retrying(reason: Self.reason(of: error), after: delay))
                try await Task.sleep(for: .seconds(delay))
            }
        }
    }

    /// An error together with what the server has kept, where the connection was lost and another can be had.
    private func lookedUp(
        _ error: any Error,
        _ memory: ImportMemory,
        _ database: some ConnectionLender
    ) async -> any Error {
        guard let loss = ImportMemory.loss(in: error), let number = memory.run else { return error }
        let statements = ImportRunStatements(schema: schema)
        let answer = try? await database.withConnection { connection in
            // It waits for the transaction of the lost session.
            _ = try connection.rows(statements.place(number))
            return try connection.rows(statements.find(number)).map { try ImportRun($0) }
        }
        // Where nobody can be asked, what is known stands.
        guard let answer else { return error }
        return ImportRunError.lost(cause: loss, kept: answer.first)
    }

    /// Imports what is left of the file.
    ///
    /// - Parameter connection: a connection without an open transaction. When it is lost the import stops, and another call
    ///   goes on with it; ``run(over:backoff:onEvent:)`` does that by itself.
    /// - Throws: ``ImportRunError``; `ImportError` with the line when nothing at all is stored; `TargetError`,
    ///   `ControlError`, `PostgresError`, `TransactionError`.
    public func run(
        on connection: Connection,
        onEvent: @escaping (ImportEvent) -> Void = { _ in }
    ) throws -> End {
        try attempts(ImportMemory(Backoff()), on: connection, onEvent)
    }

    /// The first line of what a lost connection says.
    private static func reason(of error: any Error) -> String {
        if case ImportRunError.stopped(let cause, _, _) = error { return reason(of: cause) }
        return "\(error)".split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    }

    /// Goes on from the place that the database tells until that is the end of the file. Behind a pooler a connection
    /// outlives the server, so that the place may have moved on the same connection too.
    private func attempts(
        _ memory: ImportMemory,
        on connection: Connection,
        _ onEvent: @escaping (ImportEvent) -> Void
    ) throws -> End {
        while true {
            do {
                return try attempt(memory, on: connection, onEvent)
            } catch let moved as PlaceMoved where memory.follows(moved.finding) {
                continue
            } catch let moved as PlaceMoved {
                throw try error(for: moved, on: connection)
            }
        }
    }

    private func error(for moved: PlaceMoved, on connection: Connection) throws -> ImportRunError {
        let target = try target(on: connection)
        guard moved.finding == .gone else { return .ownedByAnother(file: path, target: target) }
        return .recordGone(file: path, target: target)
    }

    private func attempt(
        _ memory: ImportMemory,
        on connection: Connection,
        _ onEvent: @escaping (ImportEvent) -> Void
    ) throws -> End {
        let table = try load.targetTable(on: connection)
        let reason = load.reasonForOneTransaction(into: table)
        if let reason, workers > 1 { throw ImportRunError.cannotShare(reason, table: load.table) }
        let watch = try LockWatch(connection, onEvent)
        if reason != nil, maxSkipped == 0 {
            return .imported(try atOnce(watch, on: connection, onEvent))
        }
        guard reason != .selfReferencing else { throw ImportRunError.cannotSkip(table: load.table) }
        try installTables(on: connection)
        let ledger = RunLedger(
            schema,
            file: path,
            options: load.fingerprint,
            table: table.name,
            kind: reason == .pipe ? .ofOneTransaction : .resumable,
            watch: watch
        )
        let attempt = ImportAttempt(self, table, ledger, watch, memory, on: connection, onEvent)
        if reason == .pipe { return try attempt.run(from: nil) }
        memory.beginAttempt()
        return try attempt.run()
    }

    private func atOnce(
        _ watch: LockWatch,
        on connection: Connection,
        _ onEvent: @escaping (ImportEvent) -> Void
    ) throws -> ImportResult {
        do {
            return try watch.watching(connection) { try load.run(on: connection, onEvent: onEvent) }
        } catch {
            throw watch.explained(error)
        }
    }
}
