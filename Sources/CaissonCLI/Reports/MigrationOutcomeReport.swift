import Migrations

/// How a migration command ended.
struct MigrationOutcomeReport: Report {
    let command: MigrationCommand
    let outcome: MigrationOutcome

    private var word: String {
        switch command {
        case .up: "up"
        case .down: "down"
        case .redo: "redo"
        }
    }

    private var end: String {
        switch outcome.end {
        case .done: "done"
        case .waitingForBackfill: "waiting_for_backfill"
        case .stopped: "stopped"
        }
    }

    private var seconds: Double { outcome.completed.reduce(0) { $0 + $1.duration / .seconds(1) } }

    var json: JSON {
        .object([
            "event": "migrate.finished", "command": word, "state": end,
            "migrations": outcome.completed.count, "newer": outcome.newer.count, "seconds": seconds,
        ])
    }

    /// What there is to say of migrations that a newer program has applied.
    static func note(on newer: [AppliedMigration]) -> String {
        let (count, last) = (newer.count, newer.last?.label ?? "")
        return """
            The ledger knows \(Numbers.count(count, "newer migration")) of which there is no file here\(count == 1 ? ": " : ", the last: ")\(last). \
            A newer program has been here; nothing is to be done by this one.
            """
    }

    func text(_ style: Style) -> String? {
        guard outcome.end == .done else { return nil }
        guard outcome.newer.isEmpty else { return "Everything is applied.\n" + Self.note(on: outcome.newer) }
        guard !outcome.completed.isEmpty else {
            return word == "up" ? "Everything is applied." : "Nothing to do."
        }
        return "\(Numbers.count(outcome.completed.count, "migration")) run in \(Numbers.duration(seconds))"
    }
}
