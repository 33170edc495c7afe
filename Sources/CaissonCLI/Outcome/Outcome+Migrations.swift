import Migrations

extension Outcome {
    /// What a list of migrations comes to, for `--exit-code`.
    init(of statuses: [MigrationStatus]) {
        let words = Set(statuses.map(\.state.word))
        if statuses.contains(where: { $0.state.conflict != nil }) {
            self = .conflictingFile
        } else if words.contains("partial") {
            self = .stoppedHalfWay
        } else {
            self = words.isDisjoint(with: ["pending", "squashed"]) ? .done : .pending
        }
    }

    /// How a run of migrations that did not fail ended.
    init(of outcome: MigrationOutcome) {
        switch outcome.end {
        case .done: self = .done
        case .waitingForBackfill: self = .waitingForBackfill
        case .stopped: self = .interrupted
        }
    }

    /// What a migration that failed comes to.
    init(of failure: MigrationFailure) {
        switch (failure.left, failure.reason) {
        case (.position(let finished, _, let uncertain), _) where finished > 0 || uncertain != nil:
            self = .stoppedHalfWay
        case (.committedPart, _): self = .stoppedHalfWay
        case (_, .lockTimeout): self = .lockTimeout
        default: self = .failed
        }
    }

    /// What a plan that cannot be made comes to.
    init(of error: MigrationPlanError) {
        guard case .conflicts(let conflicts) = error else {
            self = .failed
            return
        }
        let isHalfWay = conflicts.allSatisfy { if case .halfWay = $0 { true } else { false } }
        self = isHalfWay ? .stoppedHalfWay : .conflictingFile
    }

    /// What a folder that cannot be read comes to.
    init(of error: MigrationDirectoryError) {
        switch error {
        case .duplicate, .noPartner: self = .conflictingFile
        case .missing, .notAFolder, .unreadable, .empty, .ambiguousLayout, .foreignProject, .misleadingName,
            .file:
            self = .failed
        }
    }

    /// What a ledger that cannot be taken over comes to.
    init(of error: AdoptionError) {
        switch error {
        case .notAdopted, .keptElsewhere, .mismatches, .alreadyKept, .appliedSince: self = .conflictingFile
        case .noTable, .severalTables, .otherTool, .unreadableRow, .nothingToUndo: self = .failed
        }
    }

    /// What a database that cannot be said to be at a version comes to.
    init(of error: BaselineError) {
        switch error {
        case .beforeApplied: self = .conflictingFile
        case .noFile, .emptyDatabase: self = .failed
        }
    }

    /// What a dump that is not loaded comes to.
    init(of error: LoadError) {
        switch error {
        case .disagreement, .notEmpty, .ledgerKept: self = .conflictingFile
        case .endedTransaction: self = .stoppedHalfWay
        case .statement: self = .failed
        }
    }

    /// What migrations that cannot become one come to.
    init(of error: SquashError) {
        switch error {
        case .historyFailed(let cause), .squashedFailed(let cause): self = Outcome(of: cause)
        default: self = .failed
        }
    }
}
