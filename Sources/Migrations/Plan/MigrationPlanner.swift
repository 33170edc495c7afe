import Postgres

/// Chooses the steps of a command.
struct MigrationPlanner {
    let statuses: [MigrationStatus]
    /// The ledger.
    let applied: [AppliedMigration]
    var reach = ReachPolicy.whole

    // MARK: up

    func up(_ target: MigrationTarget) throws(MigrationPlanError) -> [MigrationStep] {
        try checkSteps(target)
        try checkVersion(target)
        let conflicts = statuses.compactMap(\.conflict) + halfWay(.reverting)
        guard conflicts.isEmpty else { throw .conflicts(conflicts) }
        let open = statuses.filter { $0.isOpen }
        let versioned = open.filter { $0.identity.version != nil }
        let chosen = choose(versioned, target)
        // Repeatable files describe the state after all versions, so they wait until none is left.
        let repeatable = chosen.count == versioned.count ? open.filter { $0.identity.version == nil } : []
        return (chosen + inOrder(repeatable)).compactMap(stepUp)
    }

    private func inOrder(_ repeatable: [MigrationStatus]) -> [MigrationStatus] {
        guard repeatable.count > 1 else { return repeatable }
        let places = Dictionary(uniqueKeysWithValues: zip(repeatableOrder.identities, 0...))
        return repeatable.sorted { (places[$0.identity] ?? 0) < (places[$1.identity] ?? 0) }
    }

    private var repeatableOrder: RepeatableOrder {
        RepeatableOrder(statuses.compactMap(\.migration), applied: applied)
    }

    /// Says of every step which repeatable migrations have to run again after it.
    func takingAlong(_ steps: [MigrationStep]) -> [MigrationStep] {
        let known = Set(statuses.filter { $0.identity.version == nil && $0.applied != nil }.map(\.identity))
        guard !known.isEmpty, !steps.isEmpty else { return steps }
        let order = repeatableOrder
        return steps.map { step in
            var step = step
            step.takenAlong = order.taken(by: step.section, of: step.identity).filter(known.contains)
            return step
        }
    }

    private func choose(_ pending: [MigrationStatus], _ target: MigrationTarget) -> [MigrationStatus] {
        switch target {
        case .latest: pending
        case .steps(let count): Array(pending.prefix(count))
        case .version(let last): pending.filter { ($0.identity.version ?? last) <= last }
        }
    }

    private func stepUp(_ status: MigrationStatus) -> MigrationStep? {
        guard let migration = status.migration else { return nil }
        let half = status.applied?.state == .applying ? status.applied : nil
        return MigrationStep(
            identity: migration.identity,
            name: migration.name,
            section: migration.up,
            migration: migration,
            row: status.applied == nil ? .absent : .present,
            finishedStatements: half?.finished.count ?? 0,
            recordedSession: half?.finished.last?.session,
            openStatement: half.flatMap { Self.begun($0, in: migration.up) },
            replaced: status.replaced
        )
    }

    /// What was begun counts while the file still has the same statement there.
    private static func begun(_ row: AppliedMigration, in section: MigrationSection) -> RecordedStatement? {
        guard let begun = row.begun, begun.ordinal <= section.statements.count,
            section.hash(of: section.statements[begun.ordinal - 1]) == begun.hash
        else { return nil }
        return begun
    }

    // MARK: down

    /// On the way down only the migrations concerned have to be in order: an edited or missing file is
    /// reverted with the text that the ledger keeps.
    func down(_ target: MigrationTarget) throws(MigrationPlanError) -> [MigrationStep] {
        var steps: [MigrationStep] = []
        let reverted = try reverted(target)
        for status in reverted {
            do {
                steps.append(try stepDown(status))
            } catch .irreversible(let label, let file, let lacks, _) {
                if reach == .asFarAsPossible, !steps.isEmpty { break }
                let reach = DownReach(open: steps.map(\.label), wanted: reverted.count)
                throw .irreversible(label: label, file: file, lacks: lacks, reach: reach)
            }
        }
        return steps
    }

    private func reverted(_ target: MigrationTarget) throws(MigrationPlanError) -> [MigrationStatus] {
        try checkSteps(target)
        try checkVersion(target)
        let halfUp = halfWay(.applying)
        guard halfUp.isEmpty else { throw .conflicts(halfUp) }
        let applied = statuses.filter { $0.applied?.version != nil }.sorted {
            ($0.applied?.version ?? .zero) > ($1.applied?.version ?? .zero)
        }
        return switch target {
        case .latest: Array(applied.prefix(1))
        case .steps(let count): Array(applied.prefix(count))
        case .version(let last): applied.filter { ($0.applied?.version ?? last) > last }
        }
    }

    private func stepDown(_ status: MigrationStatus) throws(MigrationPlanError) -> MigrationStep {
        guard let applied = status.applied else { throw .noFileToRedo(label: status.name) }
        if case .conflict(.appliedStatementChanged(let migration, let ordinal, let line)) = status.state {
            throw .conflicts([.appliedStatementChanged(migration, ordinal: ordinal, line: line)])
        }
        // A half-reverted file goes on with itself; otherwise the file counts only while it is what was
        // applied.
        let usesFile = applied.state == .reverting || status.migration?.hasSameSQL(as: applied) == true
        let section = usesFile ? status.migration?.down : try ledgerSection(applied)
        guard let section, status.replaced.isEmpty else {
            let file = status.migration?.path ?? "the applied file"
            let lacks = (status.migration?.layout ?? .native).downAdvice
            let reach = DownReach(open: [], wanted: 1)
            throw .irreversible(label: applied.label, file: file, lacks: lacks, reach: reach)
        }
        return MigrationStep(
            identity: applied.identity,
            name: applied.name,
            section: section,
            origin: usesFile ? .file : .ledger,
            finishedStatements: applied.state == .reverting ? applied.finished.count : 0,
            recordedSession: applied.state == .reverting ? applied.finished.last?.session : nil,
            openStatement: applied.state == .reverting ? Self.begun(applied, in: section) : nil
        )
    }

    private func ledgerSection(_ applied: AppliedMigration) throws(MigrationPlanError) -> MigrationSection? {
        guard let text = applied.downText else { return nil }
        do {
            let source = SourceFile(path: "ledger:\(applied.label)", text: text)
            return try MigrationFile(source).onlySection(.down)
        } catch {
            throw .unreadableLedgerText(label: applied.label, error)
        }
    }

    // MARK: redo

    func redo(_ count: Int) throws(MigrationPlanError) -> [MigrationStep] {
        let reverted = try reverted(.steps(count))
        var steps: [MigrationStep] = []
        for status in reverted { steps.append(try stepDown(status)) }
        for status in reverted.reversed() {
            guard let migration = status.migration else {
                throw .noFileToRedo(label: status.applied?.label ?? status.name)
            }
            steps.append(
                MigrationStep(
                    identity: migration.identity,
                    name: migration.name,
                    section: migration.up,
                    migration: migration
                )
            )
        }
        return steps + runAgain(after: steps)
    }

    /// Those that go with what the steps drop. When one of them was changed, which may need what is not there yet, all wait
    /// for the next up.
    private func runAgain(after steps: [MigrationStep]) -> [MigrationStep] {
        let taken = Set(takingAlong(steps).flatMap(\.takenAlong))
        let lost = statuses.filter { taken.contains($0.identity) }
        let isChanged = lost.contains { status in
            guard let migration = status.migration, let applied = status.applied else { return true }
            return !migration.hasSameSQL(as: applied)
        }
        return isChanged ? [] : inOrder(lost).compactMap(stepUp)
    }

    // MARK: checks

    private func halfWay(_ state: AppliedMigration.State) -> [MigrationConflict] {
        statuses.compactMap(\.applied).filter { $0.state == state }.map(MigrationConflict.halfWay)
    }

    private func checkSteps(_ target: MigrationTarget) throws(MigrationPlanError) {
        if case .steps(let count) = target, count < 1 { throw .badSteps(count) }
    }

    private func checkVersion(_ target: MigrationTarget) throws(MigrationPlanError) {
        guard case .version(let version) = target, version != .zero else { return }
        let known = statuses.compactMap(\.identity.version)
        guard !known.contains(version) else { return }
        throw .unknownVersion(version, nearest: NearestNames.of(version.text, in: known.map(\.text)).first)
    }
}

extension MigrationStatus {
    /// What a squashed file is to take the place of.
    fileprivate var replaced: [AppliedMigration] {
        if case .squashed(let rows) = state { rows } else { [] }
    }

    /// Has something left to run on the way up.
    var isOpen: Bool {
        switch state {
        case .pending, .squashed: true
        case .partial: applied?.state == .applying
        case .applied, .ignored, .newer, .conflict: false
        }
    }
}

extension Migration.Identity {
    var version: MigrationVersion? {
        if case .version(let version) = self { version } else { nil }
    }
}
