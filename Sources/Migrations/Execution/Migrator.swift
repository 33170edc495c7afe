import Control
public import Postgres

/// Brings a database to the state that a folder of migrations describes, and back.
///
/// Blocking, on one connection: run it inside `Session.withConnection` or on a thread of its own. It prints
/// nothing; what happens is told through `MigratorHooks.onEvent`, what was done is returned.
///
/// ```swift
/// let migrator = Migrator(try MigrationDirectory(path: "migrations"), on: connection)
/// let outcome = try migrator.run(.up(.latest))
/// ```
public final class Migrator {
    /// The migrations of the folder.
    public let directory: MigrationDirectory

    /// How it behaves.
    public let configuration: MigratorConfiguration

    let hooks: MigratorHooks
    /// The connection in use: the one handed in, or the one that took its place after it was lost in a
    /// COMMIT.
    public private(set) var connection: Connection

    /// What the first look takes for the ledger, unless it is one under the lock; the second one asks the database.
    private var snapshot: LedgerSnapshot?
    /// Whether the last look at the database has found the tables as this tool writes to them.
    private var isInstalled = false
    /// Whether the last plan began with nothing.
    private var hasEmptyLedger = false
    /// What was found with the lock just taken, where there are no tables at all.
    private var found: EmptyDatabase?

    /// Makes a migrator. Nothing is sent yet.
    /// - Parameter snapshot: the ledger as it was read a moment ago, so that the first look need not ask again. What is
    ///   done is always decided from a ledger that is read under the lock.
    public init(
        _ directory: MigrationDirectory,
        on connection: Connection,
        configuration: MigratorConfiguration = MigratorConfiguration(),
        hooks: MigratorHooks = MigratorHooks(),
        snapshot: LedgerSnapshot? = nil
    ) {
        self.directory = directory
        self.connection = connection
        self.configuration = configuration
        self.hooks = hooks
        self.snapshot = snapshot?.schema == configuration.schema ? snapshot : nil
    }

    /// How every known migration stands. Writes nothing and takes no lock; a role that may only read is
    /// enough.
    /// - Throws: `PostgresError`, `LedgerError`, or `ControlError` when a newer tool made the ledger.
    public func status() throws -> [MigrationStatus] {
        MigrationPlan.statuses(
            available: directory.migrations,
            applied: try applied(),
            late: configuration.late
        )
    }

    /// Who knows that files of this folder were applied here, although the ledger is empty: another tool, or this one with
    /// another schema; nil where nobody does. Writes nothing.
    /// - Throws: `PostgresError`.
    public func ledgerElsewhere() throws -> AdoptionError? {
        let search = LedgerSearch(directory, schema: configuration.schema)
        let answers = try found?.answers ?? connection.rows(ofAll: search.questions)
        return try search.find(in: answers, on: connection)
    }

    /// What a command would do. Writes nothing and takes no lock.
    /// - Throws: `MigrationPlanError`, `AdoptionError.notAdopted` and `.keptElsewhere` where the ledger is another one, and
    ///   what `status()` throws.
    public func plan(_ command: MigrationCommand) throws -> MigrationPlan {
        let applied = try applied()
        hasEmptyLedger = applied.isEmpty
        if applied.isEmpty, case .up = command, let elsewhere = try ledgerElsewhere() { throw elsewhere }
        return try MigrationPlan(
            command,
            available: directory.migrations,
            applied: applied,
            late: configuration.late,
            reach: configuration.reach
        )
    }

    /// Runs a command. With nothing to do it takes no lock, so that many may start at once.
    /// - Throws: `MigrationPlanError` and what `ledgerElsewhere()` finds before anything is run; `MigrationLockError` when another run does
    ///   not end in time;
    ///   `MigrationFailure` with what was done, what was left behind and what remains; `ControlError`, `LedgerError`,
    ///   `PostgresError` for the ledger itself.
    public func run(_ command: MigrationCommand) throws -> MigrationOutcome {
        let first = try plan(command)
        guard !first.steps.isEmpty else {
            var outcome = MigrationOutcome(completed: [], end: .done)
            outcome.newer = first.newer
            return outcome
        }
        guard connection.takesWrites else { throw ControlError.standby }
        let run = MigrationRun(connection: connection, configuration: configuration, hooks: hooks)
        let search = LedgerSearch(directory, schema: configuration.schema)
        found = try run.acquireLock(asking: hasEmptyLedger ? search.questions : [])
        defer { found = nil }
        forgetSnapshot()
        let outcome: MigrationOutcome
        defer { connection = run.connection }
        do {
            // Whoever held the lock before us may have done the same work.
            let plan = try plan(command)
            if !plan.steps.isEmpty, !isInstalled { try run.ledger.upgrade(on: connection) }
            outcome = try MigrationExecution(run).execute(plan.steps)
        } catch {
            // The failure is what counts; the lock goes with the session at the latest.
            try? run.resetSession()
            if let failure = error as? MigrationFailure { try? run.ledger.note(failure, on: run.connection) }
            try? run.releaseLock()
            throw error
        }
        try run.releaseLock()
        return outcome
    }

    /// To be called when the lock is held.
    func forgetSnapshot() {
        snapshot = nil
    }

    private func applied() throws -> [AppliedMigration] {
        defer { snapshot = nil }
        if let snapshot { return snapshot.applied }
        if found != nil {
            isInstalled = false
            return []
        }
        let look = try Ledger(schema: configuration.schema).look(on: connection)
        isInstalled = look.isInstalled
        return look.applied
    }

    /// Says that another run is waited for.
    func announce(_ holder: LockHolder?) {
        hooks.onEvent(.waitingForLock(holder))
    }
}
