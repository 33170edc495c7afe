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
        let known = try unfinishedRun()
        let source = try known.map { try Preflight(backfill, atEnd: options.atEnd, on: connection).check(for: $0) }
            ?? Preflight(backfill, atEnd: options.atEnd, on: connection).check()
        if options.atEnd == .follow { try Follower.check(backfill, source) }
        try schema.install(.backfills, on: connection)
        let system = try SystemIdentity(of: connection)
        let admission = try Admission(
            latest: store.latestRun(of: backfill.name),
            isSame: backfill.isDefined,
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

    /// The run that is to be gone on with: its text is looked at with its settings.
    private func unfinishedRun() throws -> Run? {
        guard options.existing == .resume, try schema.standing(of: .backfills, on: connection) != .absent,
            let run = try store.latestRun(of: backfill.name), run.state.isUnfinished
        else { return nil }
        return try withUsableSettings(run)
    }

    private func withUsableSettings(_ run: Run) throws -> Run {
        var run = run
        run.settings = try RunSettings.usable(run.settings, on: connection)
        return run
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
            if !backfill.isDefined(by: locked.definition) {
                try connection.execute(store.statements.acceptDefinition(backfill.definitionText, of: run.id))
            }
            try identify(locked, source, system)
            if locked.cluster != system.cluster || locked.database != system.database {
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
        return Ready(
            run: try withUsableSettings(current),
            source: source,
            admission: .work,
            isResumed: isResumed
        )
    }

    /// Makes sure that the run is about this very table, and takes note of it in runs that do not know theirs.
    private func identify(_ run: Run, _ source: SourceTable, _ system: SystemIdentity) throws {
        if run.sourceOID == source.oid {
            if options.changedDefinition == .refuse {
                return try TableHistory(run: run, store: store).check()
            }
            try connection.execute(store.statements.acceptFiles(run: run.id))
            return
        }
        let isCopy = run.cluster != system.cluster || run.database != system.database
        if isCopy, options.foreignTables == .refuse {
            throw BackfillError.foreignControlTables(
                run.name,
                found: "\(run.cluster), database \(run.database)",
                here: "\(system.cluster), database \(system.database)"
            )
        }
        guard try isCopy || run.sourceOID == nil && !ranges(of: run, areAboutAnotherThan: source) else {
            throw BackfillError.tableReplaced(backfill: run.name, table: backfill.table, run: run.id)
        }
        try connection.execute(store.statements.identify(source, run: run.id))
    }

    /// Runs of older versions know their table by their ranges, if at all.
    private func ranges(of run: Run, areAboutAnotherThan source: SourceTable) throws -> Bool {
        let tables = try store.coverage(run: run.id).tables
        return !source.isTree && !tables.isEmpty && !tables.contains(source.oid)
    }

    /// The end is frozen at the last key that exists now: rows that arrive later are made right by those who write them.
    private func cut(_ run: Run, _ source: SourceTable) throws {
        let planner = RangePlanner(run: run.id, parts: source.parts.count, store: store, on: connection)
        let (bound, rows) = try planner.plan(source)
        try connection.execute(store.statements.setUpperBound(bound, rows: rows, of: run.id))
    }
}
