import Migrations

/// What `status` has to say about migrations.
struct LedgerStanding: Sendable {
    /// How each stands.
    let statuses: [MigrationStatus]

    /// Whose ledger knows the files, where this one is empty.
    let elsewhere: AdoptionError?

    /// The run that is at work meanwhile.
    let running: LockHolder?

    /// What it comes to, for `--exit-code`. What is half way while a run is at work is on its way.
    var outcome: Outcome {
        if let elsewhere { return Outcome(of: elsewhere) }
        let outcome = Outcome(of: statuses)
        return running != nil && outcome == .stoppedHalfWay ? .pending : outcome
    }

    /// The word for how one stands.
    func word(of status: MigrationStatus) -> String {
        if running != nil, case .partial = status.state { return "running" }
        return status.word
    }

    /// What a newer program has applied.
    var newer: [AppliedMigration] {
        statuses.compactMap { if case .newer(let row) = $0.state { row } else { nil } }
    }
}
