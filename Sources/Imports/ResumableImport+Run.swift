public import Bulk
import Control
public import Postgres

// One attempt after the other. What is settled stands in the database alone and is read anew by each.

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
                guard let delay = memory.delay(after: error) else { throw error }
                onEvent(.retrying(reason: Self.reason(of: error), after: delay))
                try await Task.sleep(for: .seconds(delay))
            }
        }
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
        let reason = try load.reasonForOneTransaction(on: connection)
        let watch = try LockWatch(connection, onEvent)
        if reason != nil, maxSkipped == 0 {
            return .imported(try atOnce(watch, on: connection, onEvent))
        }
        guard reason != .selfReferencing else { throw ImportRunError.cannotSkip(table: load.table) }
        try installTables(on: connection)
        let ledger = RunLedger(
            schema,
            file: path,
            target: try target(on: connection),
            options: load.fingerprint,
            kind: reason == .pipe ? .ofOneTransaction : .resumable,
            watch: watch
        )
        let attempt = ImportAttempt(self, ledger, watch, memory, on: connection, onEvent)
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
