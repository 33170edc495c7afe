import Bulk
import Control
import Postgres

extension Coordinator {
    /// The rows that the latest run of a backfill could not apply.
    ///
    /// - Throws: ``BackfillError/neverRun(_:)``.
    public func skippedRows(of name: String) async throws -> [SkippedRow] {
        let schema = schema
        return try await control.withConnection { connection in
            guard try schema.standing(of: .backfills, on: connection) != .absent else {
                throw BackfillError.neverRun(name)
            }
            let store = RunStore(schema: schema, on: connection)
            guard let run = try store.latestRun(of: name) else { throw BackfillError.neverRun(name) }
            return try store.skippedRows(run: run.id)
        }
    }

    /// Tries the skipped rows of a backfill again, each in a transaction of its own, and takes those that work off the
    /// list. A completed run is verified again afterwards.
    ///
    /// - Returns: how many were tried, and how many are left.
    /// - Throws: ``BackfillError`` when the backfill was never run or cannot be run at all.
    public func retrySkipped(_ backfill: Backfill) async throws -> (tried: Int, left: Int, run: Run) {
        let rows = try await skippedRows(of: backfill.name)
        let (schema, origin) = (schema, origin)
        return try await control.withConnection { connection in
            let store = RunStore(schema: schema, on: connection)
            guard let run = try store.latestRun(of: backfill.name) else {
                throw BackfillError.neverRun(backfill.name)
            }
            let retry = try SkippedRowRetry(backfill, of: run, store: store, on: connection)
            for row in rows { try retry.apply(row) }
            let left = try store.skippedRows(run: run.id).count
            guard run.state == .completed, left < rows.count else { return (rows.count, left, run) }
            try schema.install(.backfills, on: connection)
            let verification = Verification(backfill, schema: schema, origin: origin, on: connection)
            return (rows.count, left, try verification.run(run))
        }
    }
}

/// Applies skipped rows one by one.
private struct SkippedRowRetry {
    private let backfill: Backfill
    private let source: SourceTable
    private let run: Run
    private let store: RunStore
    private let connection: Connection

    init(_ backfill: Backfill, of run: Run, store: RunStore, on connection: Connection) throws {
        var run = run
        run.settings = try RunSettings.usable(run.settings, on: connection)
        (self.backfill, self.run, self.store) = (backfill, run, store)
        source = try Preflight(backfill, on: connection).check(for: run)
        self.connection = connection
    }

    /// Applies a row and takes it off the list, or renews the reason for which it stays there.
    func apply(_ row: SkippedRow) throws {
        let options = TransactionOptions(settings: run.settings(with: backfill.limits))
        do {
            try connection.transaction(options) { connection in
                try run.identity(of: backfill).check(on: connection)
                guard let counts = try write(row, on: connection) else {
                    return try renew(row, "its table is not part of the walked one any more")
                }
                // A row that was changed since has another place, and nothing says which.
                guard counts.matched > 0 || row.part?.order.isByPlace != true else {
                    return try renew(
                        row,
                        "it is not where it was any more; what still fulfils \"where:\" is found by a new run: "
                            + "caisson backfill run \(backfill.name) --restart"
                    )
                }
                try connection.execute(store.statements.unskip(row, changed: counts.changed))
            }
        } catch {
            guard FailurePolicy().decision(for: error, attempt: 1, elapsed: 0) == .isolate else {
                throw error
            }
            try connection.execute(store.statements.renewSkipped(row, reason: SkipReason(error)))
        }
    }

    private func renew(_ row: SkippedRow, _ reason: String) throws {
        let reason = SkipReason(
            BackfillError.rowFailed(backfill: backfill.name, key: row.key, reason: reason)
        )
        try connection.execute(store.statements.renewSkipped(row, reason: reason))
    }

    /// Applies a row; `nil` when its table is gone.
    private func write(_ row: SkippedRow, on connection: Connection) throws -> ChunkCounts? {
        guard let key = source.walk(of: row.part) else { return nil }
        let interval = KeyInterval(exactly: row.keyParts)
        switch backfill.work {
        case .sql(let statement):
            var work = try SQLWork(
                backfill,
                statement: statement,
                source: source,
                key: key,
                limit: 1,
                on: connection
            )
            work.meaning = run.settings
            return try work.write(ChunkBound(interval: interval, scanned: 1, end: .inside), on: connection)
        case .rows(let rows):
            let work = try RowWork(rows, definition: backfill, source: source, key: key, on: connection)
            let bound = ChunkBound(interval: interval, scanned: 1, end: .inside)
            return try RowSuspectWork(work: work).write(bound, on: connection)
        }
    }
}
