import Control
import Postgres

/// Finds or makes the run of a backfill and has its ranges cut.
struct RunStarter {
    /// What is to be done with the run.
    enum Admitted: Sendable, Hashable {
        /// There are ranges to work on.
        case work
        /// All ranges were done before.
        case finished
        /// A person paused it.
        case paused
    }

    /// A run whose ranges exist.
    struct Ready: Sendable {
        let run: Run
        let source: SourceTable
        let admission: Admitted
        let isResumed: Bool
    }

    private let backfill: Backfill
    private let options: RunOptions
    private let schema: ControlSchema
    private let journal: Journal
    private let store: RunStore
    private let connection: Connection

    init(
        _ backfill: Backfill,
        options: RunOptions,
        schema: ControlSchema,
        origin: Origin,
        on connection: Connection
    ) {
        self.backfill = backfill
        self.options = options
        self.schema = schema
        journal = Journal(schema: schema, origin: origin)
        store = RunStore(schema: schema, on: connection)
        self.connection = connection
    }

    /// Does it.
    func start() throws -> Ready {
        let source = try Preflight(backfill, on: connection).check()
        if options.atEnd == .follow { try Follower.check(backfill, source) }
        try schema.install(.backfills, on: connection)
        let system = try SystemIdentity(of: connection)
        let admission = try Admission(
            latest: store.latestRun(of: backfill.name),
            definition: backfill.definitionText,
            cluster: system.cluster,
            options: options
        )
        switch admission {
        case .finished(let run): return Ready(run: run, source: source, admission: .finished, isResumed: true)
        case .paused(let run): return Ready(run: run, source: source, admission: .paused, isResumed: true)
        case .resume(let run): return try ready(run, source, system, isResumed: true)
        case .create: return try ready(try create(source), source, system, isResumed: false)
        }
    }

    private func create(_ source: SourceTable) throws -> Run {
        try connection.transaction { _ in
            if options.existing == .restart, let old = try store.latestRun(of: backfill.name),
                old.state.isUnfinished, let locked = try store.lockRun(old.id)
            {
                try giveUp(locked)
            }
            if let run = try store.createRun(backfill, source, journal.origin) { return run }
            // Another process made it a moment ago.
            guard let run = try store.latestRun(of: backfill.name) else {
                throw BackfillError.neverRun(backfill.name)
            }
            return run
        }
    }

    /// Workers of the old run must not go on: the fence of their ranges moves.
    private func giveUp(_ run: Run) throws {
        try connection.execute(store.statements.fence(run: run.id))
        try store.setState(.cancelled, of: run.id)
        try store.setWanted(.cancelled, of: run.id)
        try journal.record("backfill.restarted", subject: run.name, on: connection)
    }

    private func ready(
        _ run: Run,
        _ source: SourceTable,
        _ system: SystemIdentity,
        isResumed: Bool
    ) throws -> Ready {
        let settings = ChunkLimits(lockTimeout: .seconds(10), statementTimeout: .milliseconds(0)).keySettings
        let current = try connection.transaction(TransactionOptions(settings: settings)) { _ in
            guard let locked = try store.lockRun(run.id) else { throw BackfillError.neverRun(run.name) }
            if locked.definition != backfill.definitionText {
                try connection.execute(store.statements.acceptDefinition(backfill.definitionText, of: run.id))
            }
            if locked.cluster != system.cluster {
                try connection.execute(store.statements.adopt(system, run: run.id))
            }
            if locked.state == .pending { try cut(locked, source) }
            try store.setState(.running, of: run.id)
            try journal.record(
                locked.state == .pending ? "backfill.started" : "backfill.resumed",
                subject: run.name,
                on: connection
            )
            return try store.run(run.id) ?? locked
        }
        return Ready(run: current, source: source, admission: .work, isResumed: isResumed)
    }

    /// The end is frozen at the last key that exists now: rows that arrive later are made right by those who write them.
    private func cut(_ run: Run, _ source: SourceTable) throws {
        let planner = RangePlanner(run: run.id, parts: source.parts.count, store: store, on: connection)
        let (bound, rows) = try planner.plan(source)
        try connection.execute(store.statements.setUpperBound(bound, rows: rows, of: run.id))
    }
}
