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
        /// How far it was then; `nil` when there is nothing to do.
        var progress: RunProgress?
        /// What the author should know before.
        var findings: [Finding] = []
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
        let situation = try Situation(of: backfill, schema: schema, store: store, on: connection)
        let (source, findings) = try check(situation)
        if situation.latest == nil, options.existing == .resume { try checkElsewhere(situation, source) }
        if options.atEnd == .follow { try Follower.check(backfill, source) }
        if situation.needsTables { try schema.upgrade(.backfills, on: connection) }
        var ready = try admit(source, situation)
        ready.findings = findings
        return ready
    }

    /// A run of this backfill over this very table may be known to the tables of another schema: then all would be done twice.
    /// Another table of the same name, such as another tenant's, is another matter.
    private func checkElsewhere(_ situation: Situation, _ source: SourceTable) throws {
        for other in situation.tables.schemas(with: "backfill_run", besides: schema) {
            let store = RunStore(schema: other, on: connection)
            guard let run = try store.latestRun(of: backfill.name), run.sourceOID == source.oid,
                run.state != .cancelled
            else { continue }
            throw BackfillError.runElsewhere(backfill.name, schema: other.name, state: run.state)
        }
    }

    private func admit(_ source: SourceTable, _ situation: Situation) throws -> Ready {
        switch try admission(of: situation.latest, options, situation.system) {
        case .finished(let run): return Ready(run: run, source: source, admission: .finished, isResumed: true)
        case .paused(let run): return Ready(run: run, source: source, admission: .paused, isResumed: true)
        case .resume(let run): return try ready(run, source, situation, isResumed: true)
        case .create: return try ready(try create(source, situation), source, situation, isResumed: false)
        }
    }

    /// Looks at the table and the text; those of a run that is to be gone on with with its settings.
    private func check(_ situation: Situation) throws -> (SourceTable, [Finding]) {
        let preflight = Preflight(backfill, atEnd: options.atEnd, on: connection)
        guard options.existing == .resume, var run = situation.latest, run.state.isUnfinished else {
            let source = try preflight.check()
            return (source, try preflight.findings(source))
        }
        run.settings = RunSettings.usable(run.settings, by: situation.rights)
        let source = try preflight.check(for: run)
        return (source, try preflight.findings(source))
    }

    private func admission(
        of run: Run?,
        _ options: RunOptions,
        _ system: SystemIdentity
    ) throws(BackfillError) -> Admission {
        try Admission(latest: run, isSame: backfill.isDefined, cluster: system.cluster, options: options)
    }

    private func create(_ source: SourceTable, _ situation: Situation) throws -> Run {
        let creation = [
            store.statements.createRun(backfill, source, situation.system, journal.origin),
            // Another process may have made one a moment ago.
            store.statements.latestRun(of: backfill.name),
        ]
        let answers =
            options.existing == .restart
            ? try connection.transaction { _ in try replaceUnfinished(by: creation) }
            : try connection.transaction(of: creation)
        guard let run = try answers.flatMap(store.runs(in:)).first else {
            throw BackfillError.neverRun(backfill.name)
        }
        return run
    }

    /// Workers of the old run must not go on: the fence of their ranges moves.
    private func replaceUnfinished(by creation: [SQL]) throws -> [ResultSet] {
        guard let old = try store.latestRun(of: backfill.name), old.state.isUnfinished,
            let run = try store.lockRun(old.id)
        else { return try connection.rows(ofAll: creation) }
        let end = [
            store.statements.fence(run: run.id),
            store.statements.setState(.cancelled, of: run.id),
            store.statements.setWanted(.cancelled, of: run.id),
            journal.statement("backfill.restarted", subject: run.name),
        ]
        return Array(try connection.rows(ofAll: end + creation).dropFirst(end.count))
    }

    /// Takes the run on. What it was found to be may have changed since, and is looked at again under its lock.
    private func ready(
        _ run: Run,
        _ source: SourceTable,
        _ situation: Situation,
        isResumed: Bool
    ) throws -> Ready {
        let settings = ChunkLimits(lockTimeout: .seconds(10), statementTimeout: .milliseconds(0)).keySettings
        let opening = [
            store.statements.lockRun(run.id), store.statements.newFiles(run: run.id),
            store.statements.nextOrdinal(run: run.id),
        ]
        let question = run.state == .pending ? RangePlanner.question(about: source) : nil
        return try connection.transaction(
            TransactionOptions(settings: settings),
            opening: opening + (question.map { [$0] } ?? [])
        ) {
            _,
            answers in
            guard let locked = try store.runs(in: answers[0]).first else {
                throw BackfillError.neverRun(run.name)
            }
            if let end = try end(of: locked, source, situation.system) { return TransactionEnd(end) }
            let changes = try adoption(of: locked, source, situation.system, newFiles: answers[1])
            let ranges =
                locked.state == .pending
                ? try RangePlanner(run: run.id, parts: source.parts.count, store: store, on: connection)
                    .plan(
                        source,
                        from: answers[2][0].value(Int.self, at: 0),
                        lastKey: question.map { _ in answers[3] }
                    ) : []
            return TransactionEnd(changes + ranges + transition(of: locked)) { answers in
                try ready(locked, source, situation.rights, isResumed, answers.suffix(2))
            }
        }
    }

    private func ready(
        _ locked: Run,
        _ source: SourceTable,
        _ rights: RunSettings.SessionRights,
        _ isResumed: Bool,
        _ answers: ArraySlice<ResultSet>
    ) throws -> Ready {
        let answers = Array(answers)
        var run = try store.runs(in: answers[0]).first ?? locked
        run.settings = RunSettings.usable(run.settings, by: rights)
        return Ready(
            run: run,
            source: source,
            admission: .work,
            isResumed: isResumed,
            progress: try store.progress(in: answers[1])
        )
    }

    /// What is to be said of a run that is not to be worked on; `nil` for all others.
    private func end(of locked: Run, _ source: SourceTable, _ system: SystemIdentity) throws -> Ready? {
        var options = options
        options.existing = .resume
        switch try admission(of: locked, options, system) {
        case .resume: return nil
        case .paused(let run):
            return Ready(run: run, source: source, admission: .paused, isResumed: true)
        case .finished, .create:
            return Ready(run: locked, source: source, admission: .finished, isResumed: true)
        }
    }

    /// What makes the run this definition's, this table's and this cluster's.
    private func adoption(
        of locked: Run,
        _ source: SourceTable,
        _ system: SystemIdentity,
        newFiles: ResultSet
    ) throws -> [SQL] {
        var statements: [SQL] = []
        if !backfill.isDefined(by: locked.definition) {
            statements.append(store.statements.acceptDefinition(backfill.definitionText, of: locked.id))
        }
        statements += try identify(locked, source, system, newFiles)
        if locked.cluster != system.cluster || locked.database != system.database {
            statements.append(store.statements.adopt(system, run: locked.id))
        }
        return statements
    }

    /// The run as it stands then is told by the last two.
    private func transition(of locked: Run) -> [SQL] {
        [
            store.statements.setState(.running, of: locked.id),
            journal.statement(
                locked.state == .pending ? "backfill.started" : "backfill.resumed",
                subject: locked.name
            ),
            store.statements.run(locked.id),
            store.statements.progress(of: locked.id),
        ]
    }

    /// Makes sure that the run is about this very table, and takes note of it in runs that do not know theirs.
    private func identify(
        _ run: Run,
        _ source: SourceTable,
        _ system: SystemIdentity,
        _ newFiles: ResultSet
    ) throws -> [SQL] {
        if run.sourceOID == source.oid {
            guard options.changedDefinition == .refuse else {
                return [store.statements.acceptFiles(run: run.id)]
            }
            try TableHistory(run: run, store: store).check(store.newFiles(in: newFiles))
            return []
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
        return [store.statements.identify(source, run: run.id)]
    }

    /// Runs of older versions know their table by their ranges, if at all.
    private func ranges(of run: Run, areAboutAnotherThan source: SourceTable) throws -> Bool {
        let tables = try store.coverage(run: run.id).tables
        return !source.isTree && !tables.isEmpty && !tables.contains(source.oid)
    }
}
