import Migrations

/// What saying that a database is at a version came to, or would come to.
struct BaselineReport: Report {
    let baseline: Baseline
    let isPreview: Bool

    /// Each migration, then what it comes to.
    func show(on console: Console) {
        for migration in baseline.recorded {
            console.report(Line(migration: migration, isPreview: isPreview))
        }
        console.report(self)
    }

    var json: JSON {
        .object([
            "event": isPreview ? "baseline.dry_run" : "baseline.finished", "version": baseline.version.text,
            "recorded": baseline.recorded.count, "known": baseline.known.count,
            "pending": baseline.pending.count,
        ])
    }

    func text(_ style: Style) -> String? {
        let count = Numbers.count(baseline.recorded.count, "migration")
        if baseline.recorded.isEmpty {
            return "Nothing to record: everything up to \(baseline.version) is in the ledger."
        }
        if isPreview {
            return """
                \(count) would be recorded as applied, none of them run. Nothing was changed.
                Record them with: caisson migrate baseline \(baseline.version)
                """
        }
        let next =
            baseline.pending.isEmpty
            ? "Nothing is pending."
            : "\(Numbers.count(baseline.pending.count, "migration")) pending: caisson migrate up"
        return "\(count) recorded as applied, none of them run. \(next)"
    }

    private struct Line: Report {
        let migration: Migration
        let isPreview: Bool

        var json: JSON {
            .object([
                "event": isPreview ? "baseline.planned" : "baseline.recorded",
                "version": migration.identity.description, "name": migration.name,
            ])
        }

        func text(_ style: Style) -> String? {
            isPreview ? "baseline  \(migration.label)" : "\(style.good("baseline"))  \(migration.label)"
        }
    }
}
