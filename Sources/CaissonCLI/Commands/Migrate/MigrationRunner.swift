import Backfills
import Control
import Migrations
import Postgres

/// Runs migrations on a session, shows what happens, and asks the backfills about gates.
struct MigrationRunner: Sendable {
    /// How the migrator behaves.
    var configuration = MigratorConfiguration()

    /// The files.
    let directory: MigrationDirectory

    /// The database.
    let options: ConnectionOptions

    /// Whether the backfills that migrations require have done their work; nil for commands that do not ask.
    var gates: BackfillGates?

    private let console: Console
    /// On its way while the files are read.
    private let firstLook: FirstLook?

    init(_ database: DatabaseOptions, _ folder: MigrationsFolder, console: Console) async throws {
        configuration.schema = ControlSchema(name: database.schema)
        options = try await database.connection(console)
        firstLook = FirstLook(configuration, on: options)
        directory = try folder.read()
        self.console = console
    }

    /// For what concerns the ledger alone.
    init(_ database: DatabaseOptions, console: Console) async throws {
        directory = try MigrationDirectory(path: "", migrations: [])
        configuration.schema = ControlSchema(name: database.schema)
        options = try await database.connection(console)
        firstLook = nil
        self.console = console
    }

    /// How every known migration stands, and what else there is to know about the ledger.
    func standing() async throws -> LedgerStanding {
        try await withMigrator { migrator in
            let statuses = try migrator.status()
            let isEmpty = statuses.allSatisfy { $0.applied == nil }
            return LedgerStanding(
                statuses: statuses,
                elsewhere: isEmpty ? try migrator.ledgerElsewhere() : nil,
                running: try migrator.runAtWork()
            )
        }
    }

    /// Takes over another tool's ledger.
    func adopt(_ request: AdoptionRequest) async throws -> Adoption {
        try await Interruption.watch(.cancels) { try await withMigrator { try $0.adopt(request) } }
    }

    /// Takes the last adoption back; the number of migrations that were forgotten.
    func undoAdoption() async throws -> Int {
        try await withMigrator { try $0.undoAdoption().count }
    }

    /// Shows or does what a command asks for.
    func perform(_ command: MigrationCommand, dryRun: Bool) async throws -> Outcome {
        if dryRun {
            let plan = try await withMigrator { try $0.plan(command) }
            MigrationPlanReport(plan).show(on: console)
            return .done
        }
        let outcome = try await run(command)
        tell(outcome, of: command)
        return Outcome(of: outcome)
    }

    /// Does what a command asks for, and has every gate on the way opened.
    ///
    /// No lock is held while a backfill runs: others may see to other things meanwhile.
    /// - Parameter open: gets the name of a backfill and what its gate said, and runs it; anything but `done` ends the command.
    func perform(
        _ command: MigrationCommand,
        opening open: (String, GateObstacle?) async throws -> Outcome?
    ) async throws -> Outcome {
        var opened: Set<String> = []
        var completed: [CompletedMigration] = []
        while true {
            let part = try await run(command.continued(after: completed.count))
            completed += part.completed
            guard case .waitingForBackfill(_, let backfill, _) = part.end, opened.insert(backfill).inserted,
                let end = try await open(backfill, gates?.obstacle(of: backfill))
            else {
                var outcome = MigrationOutcome(completed: completed, end: part.end)
                outcome.newer = part.newer
                tell(outcome, of: command)
                return Outcome(of: outcome)
            }
            if end != .done { return end }
        }
    }

    private func run(_ command: MigrationCommand) async throws -> MigrationOutcome {
        try await Interruption.watch(.cancels) {
            try await withMigrator { try $0.run(command) }
        }
    }

    private func tell(_ outcome: MigrationOutcome, of command: MigrationCommand) {
        console.endStatus()
        if let failure = Failure(outcome, gates) { console.fail(failure) }
        console.report(MigrationOutcomeReport(command: command, outcome: outcome))
    }

    /// Lets the ledger take over what the files say.
    func accept(
        _ version: MigrationVersion,
        reason: String,
        missing: Acceptance.MissingFile
    ) async throws -> Acceptance {
        try await withMigrator { try $0.accept(version, reason: reason, missing: missing) }
    }

    /// Lends a migrator on a session of its own.
    func withMigrator<Value: Sendable>(
        _ body: @escaping @Sendable (Migrator) throws -> Value
    ) async throws -> Value {
        let session = firstLook?.session ?? Session(options)
        let snapshot = try await firstLook?.snapshot()
        // Not waited for: to say good-bye to the server takes 2 ms, in which the outcome can be shown.
        defer { Task { await session.close() } }
        let (directory, configuration, gates, console) = (directory, configuration, gates, console)
        return try await session.withConnection { connection in
            var hooks = MigratorHooks()
            if let gates { hooks.gate = { try gates.status(of: $0, on: $1) } }
            hooks.shouldStop = { Task.isCancelled }
            hooks.onEvent = { console.show($0) }
            return try body(
                Migrator(
                    directory,
                    on: connection,
                    configuration: configuration,
                    hooks: hooks,
                    snapshot: snapshot
                )
            )
        }
    }
}

extension Console {
    /// What a running migration does stands on the live line, what is done above it.
    fileprivate func show(_ event: MigrationEvent) {
        let report = MigrationEventReport(event: event)
        if let activity = report.activity {
            show(status: String(activity.prefix(statusWidth)))
        } else {
            endStatus()
        }
        self.report(report)
    }
}

extension MigrationCommand {
    /// What is left of a number of steps when so many are taken. They were fewer, because a gate stood before the last.
    fileprivate func continued(after count: Int) -> MigrationCommand {
        guard case .up(.steps(let steps)) = self else { return self }
        return .up(.steps(steps - count))
    }
}

extension Failure {
    /// A run that ended in front of a migration; nil for one that did all it was asked for.
    fileprivate init?(_ outcome: MigrationOutcome, _ gates: BackfillGates?) {
        switch outcome.end {
        case .done: return nil
        case .waitingForBackfill(let step, let backfill, let reason):
            self.init(
                outcome: .waitingForBackfill,
                message: """
                    \(step.label) waits for the backfill \(backfill): \(reason)
                    \(gates?.advice(for: backfill) ?? "See how it is: caisson backfill status \(backfill)")
                    """
            )
        case .stopped(let next):
            self.init(
                outcome: .interrupted,
                message:
                    "Stopped before \(next.label). Go on with: caisson migrate \(next.direction.rawValue)"
            )
        }
    }
}
