import Migrations

/// Migrations that became one file, or would.
struct SquashReport: Report {
    /// What was done.
    enum Mode {
        case preview, moved, deleted
    }

    let squashed: SquashedMigration
    let mode: Mode

    private var plan: SquashPlan { squashed.plan }

    /// Each migration, then what it comes to.
    func show(on console: Console) {
        for migration in plan.replaced { console.report(Line(migration: migration)) }
        console.report(self)
    }

    var json: JSON {
        .object([
            "event": mode == .preview ? "squash.dry_run" : "squash.finished", "path": plan.path,
            "version": plan.version.text, "migrations": plan.replaced.count,
            "statements": squashed.statements, "tables_with_rows": squashed.tablesWithRows,
            "archive": mode == .deleted ? nil : plan.archive,
        ])
    }

    func text(_ style: Style) -> String? {
        let count = Numbers.count(plan.replaced.count, "migration")
        let size = Numbers.count(squashed.statements, "statement")
        let rows = squashed.tablesWithRows
        let withRows = rows.isEmpty ? "" : ", with the rows of \(rows.joined(separator: ", "))"
        return switch mode {
        case .preview:
            "\(count) would become \(plan.path): \(size)\(withRows). It was tried; no file was changed."
        case .moved: written(style, count, size + withRows) + "\nThe old files are in \(plan.archive)/"
        case .deleted: written(style, count, size + withRows) + "\nThe old files are deleted."
        }
    }

    private func written(_ style: Style, _ count: String, _ contents: String) -> String {
        """
        \(style.good("squashed"))  \(count) into \(plan.path): \(contents)
        Databases that have all of them take it over with: caisson migrate up    Bring the others to \(plan.version) before.
        """
    }

    private struct Line: Report {
        let migration: Migration

        var json: JSON {
            .object([
                "event": "squash.replaces", "version": migration.identity.description, "name": migration.name,
            ])
        }

        func text(_ style: Style) -> String? { style.faint("  \(migration.label)") }
    }
}
