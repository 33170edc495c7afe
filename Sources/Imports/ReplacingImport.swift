public import Bulk
import Control
import Foundation
public import Postgres

/// An import whose rows take the place of those in the table, all at once.
///
/// The rows are loaded into a table beside it, in chunks that an import can go on behind as ever. Then one transaction puts
/// that table in the place of the other, with everything but the rows: until its COMMIT everybody reads the old rows, and
/// from there on the new ones.
///
/// To empty the table and fill it again (`FileImport.ExistingRows.truncated`) needs less: what refers to the table itself
/// stays as it is. But everybody waits until the first rows are stored, and sees a table that fills.
///
/// ```swift
/// let replacing = ReplacingImport(ResumableImport(FileImport(.file("cities.csv"), into: "city")))
/// let end = try await replacing.run(over: session) { event in … }
/// ```
public struct ReplacingImport: Sendable {
    /// The file, the table and how rows are read. A file that was imported before is imported again.
    public var resumable: ResumableImport
    /// How the rows get beside the table.
    public var commits = Commits.inChunks

    /// How the rows get beside the table.
    public enum Commits: Hashable, Sendable {
        /// In chunks; the same call goes on behind the last one.
        case inChunks
        /// By one transaction, without control tables.
        case atOnce
    }

    /// Describes an import; what is not set keeps its default.
    public init(_ resumable: ResumableImport) {
        self.resumable = resumable
    }

    /// Finds out whether the table can be replaced at all. Nothing is changed.
    ///
    /// - Throws: `ReplaceError`, `TargetError`, `PostgresError`, `TransactionError`.
    public func check(on connection: Connection) throws {
        try TableReplacement.check(try resumable.load.targetTable(on: connection).name, on: connection)
    }

    /// Loads the file and replaces the table.
    ///
    /// - Parameter onEvent: called on the thread of the connection.
    /// - Throws: `ReplaceError`; as ``ResumableImport/run(over:backoff:onEvent:)``. The table has its old rows then.
    public func run(
        over database: some ConnectionLender,
        onEvent: @escaping @Sendable (ImportEvent) -> Void = { _ in }
    ) async throws -> ResumableImport.End {
        let load = resumable.load
        let table = try await database.withConnection { connection in
            try load.checkColumns(on: connection)
            return try load.targetTable(on: connection).name
        }
        let isNew = resumable.start == .restart || !isRecorded
        do {
            return try await run(over: database, table, isNew ? .dropped : .usable, onEvent)
        } catch let error as ImportRunError {
            guard !isNew, let reason = Self.reasonToBeginAgain(error) else { throw error }
            onEvent(.beganAgain(reason))
            return try await run(over: database, table, .dropped, onEvent)
        }
    }

    /// Whether the database keeps how far the import is.
    private var isRecorded: Bool { commits == .inChunks && !resumable.load.isPipe }

    /// The rows that an earlier program has loaded are of no use. Nobody has seen them, so nothing is lost with them.
    private static func reasonToBeginAgain(_ error: ImportRunError) -> String? {
        switch error {
        case .fileChanged, .fileEdited, .fileGrown: "the file has changed since its rows were loaded"
        case .targetChanged: "the rows that were loaded are gone"
        default: nil
        }
    }

    private func run(
        over database: some ConnectionLender,
        _ table: Identifier,
        _ leftover: TableReplacement.Leftover,
        _ onEvent: @escaping @Sendable (ImportEvent) -> Void
    ) async throws -> ResumableImport.End {
        let replacement = try await database.withConnection { connection in
            try prepare(table, leftover, on: connection, onEvent)
        }
        let start = ContinuousClock.now
        do {
            let result = try await load(replacement, over: database, onEvent)
            onEvent(.replacing(rows: result.rowsRead))
            try await finish(replacement, over: database, onEvent)
            return .imported(result.lasting(ContinuousClock.now - start))
        } catch {
            try? await database.withConnection { try tidy(replacement, on: $0) }
            throw error
        }
    }
}

extension ReplacingImport {
    private var statements: ImportRunStatements { ImportRunStatements(schema: resumable.schema) }

    private func prepare(
        _ table: Identifier,
        _ leftover: TableReplacement.Leftover,
        on connection: Connection,
        _ onEvent: @escaping (ImportEvent) -> Void
    ) throws -> TableReplacement {
        let hasRuns = try resumable.schema.standing(of: .imports, on: connection) != .absent
        return try watching(connection, onEvent) {
            try TableReplacement.prepare(
                table,
                for: "\(resumable.path)\n\(resumable.load.fingerprint)",
                leftover,
                on: connection,
                onEvent: onEvent
            ) { connection, beside in
                if hasRuns { try connection.execute(statements.abandon(into: beside.description, .all)) }
            }
        }
    }

    private func load(
        _ replacement: TableReplacement,
        over database: some ConnectionLender,
        _ onEvent: @escaping @Sendable (ImportEvent) -> Void
    ) async throws -> ImportResult {
        let onEvent: @Sendable (ImportEvent) -> Void = { event in
            guard case .started(let plan) = event else { return onEvent(event) }
            onEvent(.started(plan.renamed(replacement.table.description)))
        }
        var beside = resumable
        beside.load.table = replacement.beside.quoted
        beside.load.statistics = .never
        (beside.start, beside.earlierRows) = (.resume, .mustGo)
        let load = beside.load
        if commits == .atOnce {
            return try await database.withConnection { try load.run(on: $0, onEvent: onEvent) }
        }
        switch try await beside.run(over: database, onEvent: onEvent) {
        case .imported(let result): return result
        case .alreadyImported(let run):
            return ImportResult(run.totals, bytes: run.position.offset, duration: .zero)
        }
    }

    /// Builds and swaps. Both can be done again where a connection was lost, whatever became of the last COMMIT.
    private func finish(
        _ replacement: TableReplacement,
        over database: some ConnectionLender,
        _ onEvent: @escaping @Sendable (ImportEvent) -> Void
    ) async throws {
        let backoff = Backoff(attempts: 15)
        var attempt = 1
        while true {
            do {
                return try await database.withConnection { connection in
                    try replacement.build(resumable.load.statistics, on: connection)
                    try watching(connection, onEvent) {
                        try replacement.swap(on: connection, onEvent: onEvent) { connection in
                            try record(replacement, on: connection)
                        }
                    }
                }
            } catch {
                guard let loss = ImportMemory.loss(in: error), loss.sqlState != .adminShutdown,
                    let delay = backoff.delay(afterAttempt: attempt)
                else { throw error }
                onEvent(.retrying(reason: "\(loss)", after: delay))
                try await Task.sleep(for: .seconds(delay))
                attempt += 1
            }
        }
    }

    /// The import is one into the table, from the instant on at which its rows are there.
    private func record(_ replacement: TableReplacement, on connection: Connection) throws {
        let target = replacement.table.description
        guard try resumable.schema.standing(of: .imports, on: connection) != .absent else { return }
        try connection.execute(statements.abandon(into: target, .running(file: resumable.path)))
        let moved = try connection.query(
            statements.move(
                file: resumable.path,
                from: replacement.beside.description,
                replacement.new,
                to: target
            ),
            as: Int64.self
        )
        // The rows are complete by this record alone, where there is one.
        guard !isRecorded || moved.count == 1 else { throw ReplaceError.gone(replacement.table) }
        if isRecorded {
            try Journal(schema: resumable.schema).record("import.replaced", subject: target, on: connection)
        }
    }

    /// Drops the table beside where nobody could go on with it.
    private func tidy(_ replacement: TableReplacement, on connection: Connection) throws {
        if isRecorded, try resumable.schema.standing(of: .imports, on: connection) != .absent {
            let run = statements.latest(file: resumable.path, target: replacement.beside.description)
            guard try connection.rows(run).isEmpty else { return }
        }
        replacement.discard(on: connection)
    }

    private func watching<Value>(
        _ connection: Connection,
        _ onEvent: @escaping (ImportEvent) -> Void,
        _ body: () throws -> Value
    ) throws -> Value {
        let watch = try LockWatch(connection, limit: LockPatience.limit, onEvent)
        do {
            return try watch.watching(connection, body)
        } catch {
            throw watch.explained(error)
        }
    }
}
