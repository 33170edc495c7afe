import Migrations

/// What `migrate check` has found.
struct CheckReport: Report {
    let findings: [MigrationFinding]
    let count: Int
    let base: String?

    /// Each finding, then what it comes to.
    func show(on console: Console) {
        for finding in findings { console.report(Line(finding: finding)) }
        console.report(self)
    }

    var json: JSON {
        .object([
            "event": "migrate.checked", "migrations": count, "base": base, "findings": findings.count,
        ])
    }

    func text(_ style: Style) -> String? {
        let files = Numbers.count(count, "migration")
        guard let base else { return "\(files) can be read." }
        return findings.isEmpty
            ? "\(files), nothing collides with \(base)."
            : "\(Numbers.count(findings.count, "collision")) with \(base) among \(files)."
    }

    private struct Line: Report {
        let finding: MigrationFinding

        var json: JSON {
            .object([
                "event": "migration.collision", "kind": finding.word, "version": finding.version,
                "message": finding.description,
            ])
        }

        func text(_ style: Style) -> String? { style.bad("! ") + finding.description }
    }
}
