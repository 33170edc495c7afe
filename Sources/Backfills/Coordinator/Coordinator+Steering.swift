import Control
import Postgres

extension Coordinator {
    /// The latest run of every backfill, or of one; empty where none was ever run. Writes nothing.
    public func statuses(of name: String? = nil) async throws -> [RunStatus] {
        try await withStore { store, isInstalled in
            isInstalled ? try store.statuses(of: name) : []
        }
    }

    /// Whether the table that a backfill walks is in this database.
    public func tableExists(for backfill: Backfill) async throws -> Bool {
        try await control.withConnection { connection in
            try !connection.rows(CatalogStatements.table(backfill.table)).isEmpty
        }
    }

    /// Asks all workers, wherever they are, to stop after their chunks.
    ///
    /// - Throws: ``BackfillError/neverRun(_:)``, ``BackfillError/notUnfinished(_:state:)``.
    @discardableResult
    public func pause(_ name: String) async throws -> Run {
        try await steer(name, to: .paused, event: "backfill.paused")
    }

    /// Gives a run up. What it did stays; running the backfill again begins anew.
    @discardableResult
    public func cancel(_ name: String) async throws -> Run {
        try await steer(name, to: .cancelled, event: "backfill.cancelled")
    }

    /// Takes a pause back; the work itself goes on with ``run(_:options:stop:report:)``.
    @discardableResult
    public func resume(_ name: String) async throws -> Run {
        try await steer(name, to: .running, event: "backfill.resumed")
    }

    private func steer(_ name: String, to wanted: WantedState, event: String) async throws -> Run {
        let journal = Journal(schema: schema, origin: origin)
        return try await transactionOnRun(name) { run, store, connection in
            guard run.state.isUnfinished else { throw BackfillError.notUnfinished(name, state: run.state) }
            try store.setWanted(wanted, of: run.id)
            try journal.record(event, subject: name, on: connection)
            // Without a worker there is nobody to notice the wish.
            if try store.progress(of: run.id).rangesHeld == 0, let state = wanted.stateWithoutWorkers {
                try store.setState(state, of: run.id)
            }
            return try store.run(run.id) ?? run
        }
    }

    /// Runs the verify query of a backfill whose ranges are all done, and opens its gate when it returns 0.
    ///
    /// - Throws: ``BackfillError`` when there is nothing to verify yet.
    public func verify(_ backfill: Backfill) async throws -> Run {
        let (schema, origin) = (schema, origin)
        let run = try await transactionOnRun(backfill.name) { run, _, _ in run }
        return try await control.withConnection { connection in
            try schema.install(.backfills, on: connection)
            return try Verification(backfill, schema: schema, origin: origin, on: connection).run(run)
        }
    }

    private func transactionOnRun<Value: Sendable>(
        _ name: String,
        _ body: @escaping @Sendable (Run, RunStore, Connection) throws -> Value
    ) async throws -> Value {
        let schema = schema
        return try await control.withConnection { connection in
            let store = RunStore(schema: schema, on: connection)
            guard try schema.standing(of: .backfills, on: connection) != .absent else {
                throw BackfillError.neverRun(name)
            }
            return try connection.transaction { connection in
                guard let latest = try store.latestRun(of: name), let run = try store.lockRun(latest.id)
                else {
                    throw BackfillError.neverRun(name)
                }
                return try body(run, store, connection)
            }
        }
    }

    private func withStore<Value: Sendable>(
        _ body: @escaping @Sendable (RunStore, Bool) throws -> Value
    ) async throws -> Value {
        let schema = schema
        return try await control.withConnection { connection in
            let standing = try schema.standing(of: .backfills, on: connection)
            return try body(RunStore(schema: schema, on: connection), standing != .absent)
        }
    }
}

extension WantedState {
    /// The state of a run that nobody works on and of which this is wanted.
    var stateWithoutWorkers: RunState? {
        switch self {
        case .running: nil
        case .paused: .paused
        case .cancelled: .cancelled
        }
    }
}
