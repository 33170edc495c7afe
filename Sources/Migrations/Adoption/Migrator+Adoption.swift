import Control
import Postgres

extension Migrator {
    /// Takes over what another tool has recorded: its applied migrations count as applied from then on.
    ///
    /// Works under this tool's lock and under the other's own one, so that no run of either can come between.
    /// The other table is left as it is, and `undoAdoption()` takes back what was written.
    ///
    /// ```swift
    /// let files = try MigrationDirectory(path: "sql", layout: .flyway)
    /// let adoption = try Migrator(files, on: connection).adopt(AdoptionRequest(from: .flyway))
    /// ```
    ///
    /// - Throws: `AdoptionError` when the table is not there, is another tool's or does not fit the files;
    ///   `MigrationLockError` when a run of either tool does not end in time; `ControlError`, `PostgresError`.
    public func adopt(_ request: AdoptionRequest) throws -> Adoption {
        let ledger = try ForeignLedger(request, on: connection)
        // What cannot be taken over is told before anything is made or waited for.
        let preview = try AdoptionRun(request, ledger, self).preview()
        guard request.mode == .write else { return preview }
        return try withLock {
            try withLocks(of: ledger) { try AdoptionRun(request, ledger, self).write() }
        }
    }

    /// Takes an adoption back: the rows that it wrote are removed, the other tool's table is as it was.
    /// - Returns: the versions that were forgotten.
    /// - Throws: `AdoptionError.nothingToUndo`, or `.appliedSince` when migrations were applied after it;
    ///   `MigrationLockError`, `PostgresError`.
    @discardableResult
    public func undoAdoption() throws -> [String] {
        try withLock { try AdoptionUndo(schema: configuration.schema).run(on: connection) }
    }

    private func withLock<Value>(_ body: () throws -> Value) throws -> Value {
        try holding(MigrationLock(configuration.schema), body)
    }

    private func withLocks<Value>(of ledger: ForeignLedger, _ body: () throws -> Value) throws -> Value {
        let database = try connection.queryOne(
            "SELECT pg_catalog.current_database()::pg_catalog.text",
            as: String.self
        )
        let keys = ToolLock.keys(of: ledger.tool, on: ledger.table, database: database)
        return try withLocks(keys[...], body)
    }

    private func withLocks<Value>(_ keys: ArraySlice<Int64>, _ body: () throws -> Value) throws -> Value {
        guard let key = keys.first else { return try body() }
        return try holding(MigrationLock(key: key)) { try withLocks(keys.dropFirst(), body) }
    }

    private func holding<Value>(_ lock: MigrationLock, _ body: () throws -> Value) throws -> Value {
        try lock.acquire(on: connection, within: configuration.lockWait) { announce($0) }
        let value: Value
        do {
            value = try body()
        } catch {
            // The failure is what counts; the lock goes with the session at the latest.
            if connection.isOpen { try? lock.release(on: connection) }
            throw error
        }
        try lock.release(on: connection)
        return value
    }
}

/// One adoption.
private struct AdoptionRun {
    private let request: AdoptionRequest
    private let foreign: ForeignLedger
    private let directory: MigrationDirectory
    private let configuration: MigratorConfiguration
    private let connection: Connection
    private let ledger: Ledger

    init(_ request: AdoptionRequest, _ foreign: ForeignLedger, _ migrator: Migrator) {
        self.request = request
        self.foreign = foreign
        directory = migrator.directory
        configuration = migrator.configuration
        connection = migrator.connection
        ledger = Ledger(schema: migrator.configuration.schema)
    }

    func preview() throws -> Adoption {
        let kept = try ledger.read(on: connection).count
        guard kept == 0 else {
            throw AdoptionError.alreadyKept(count: kept, schema: configuration.schema.name)
        }
        return adoption(try plan())
    }

    func write() throws -> Adoption {
        try ledger.install(on: connection)
        let timeout = "\(configuration.lockTimeout.milliseconds)"
        return try connection.transaction(
            TransactionOptions(settings: [.init("lock_timeout", timeout)])
        ) { connection in
            if foreign.tool.hasNoLock { try connection.execute(AdoptionStatements.lock(foreign.table)) }
            _ = try preview()
            let plan = try plan()
            for item in plan.items { try ledger.adopt(item, on: connection) }
            let adoption = adoption(plan)
            try ledger.recordAdoption(adoption, on: connection)
            return adoption
        }
    }

    private func plan() throws -> AdoptionPlan {
        try AdoptionPlan(
            foreign.records(on: connection),
            of: foreign.tool,
            files: directory.migrations,
            resolutions: request.resolutions
        )
    }

    private func adoption(_ plan: AdoptionPlan) -> Adoption {
        Adoption(
            tool: foreign.tool,
            table: "\(foreign.table.identifier)",
            adopted: plan.items.map(\.migration),
            pending: plan.pending,
            resolutions: request.resolutions,
            withoutFile: plan.withoutFile
        )
    }
}
