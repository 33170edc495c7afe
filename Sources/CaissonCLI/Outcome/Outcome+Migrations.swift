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
            self = words.contains("pending") ? .pending : .done
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
        case .missing, .notAFolder, .unreadable, .empty, .ambiguousLayout, .file: self = .failed
        }
    }

    /// What a ledger that cannot be taken over comes to.
    init(of error: AdoptionError) {
        switch error {
        case .notAdopted, .mismatches, .alreadyKept, .appliedSince: self = .conflictingFile
        case .noTable, .severalTables, .otherTool, .unreadableRow, .nothingToUndo: self = .failed
        }
    }
}
