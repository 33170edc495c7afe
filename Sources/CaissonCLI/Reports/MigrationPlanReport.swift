import Migrations
import SQLSyntax

/// What a migration command would run.
struct MigrationPlanReport {
    private static let shownCharacters = 80

    let plan: MigrationPlan

    init(_ plan: MigrationPlan) {
        self.plan = plan
    }

    /// Shows every step with its statements.
    func show(on console: Console) {
        for step in plan.steps { console.report(Step(step: step)) }
        console.report(Summary(count: plan.steps.count))
    }

    /// One step.
    private struct Step: Report {
        let step: MigrationStep

        private var section: MigrationSection { step.section }
        private var isTransactional: Bool { section.options.transactionMode == .perFile }

        var json: JSON {
            .object([
                "event": "migration.planned", "version": step.identity.description, "name": step.name,
                "direction": step.direction.rawValue, "file": section.source.path,
                "transaction": isTransactional, "statements": section.statements.count,
                "statements_done": step.finishedStatements,
                "requires_backfill": section.options.requiredBackfill, "replaces": step.replaced.count,
                "runs_again": step.takenAlong.map(\.description),
            ])
        }

        func text(_ style: Style) -> String? {
            var lines = [
                "\(style.strong("\(step.direction.rawValue)  \(step.label)"))  \(manner)",
                style.faint("    \(section.source.path)"),
            ]
            if !step.replaced.isEmpty { return lines.joined(separator: "\n") }
            lines += section.statements.dropFirst(step.finishedStatements).map { statement in
                "    line \(statement.line)  \(MigrationPlanReport.clipped(section.text(of: statement)))"
            }
            return lines.joined(separator: "\n")
        }

        private var manner: String {
            if !step.replaced.isEmpty {
                return
                    "only recorded: the \(Numbers.count(step.replaced.count, "migration")) it replaces are applied"
            }
            var words = [isTransactional ? "in one transaction" : "statement by statement"]
            if step.finishedStatements > 0 { words.append("\(step.finishedStatements) done before") }
            if step.origin == .ledger { words.append("with the text in the ledger") }
            if let backfill = section.options.requiredBackfill {
                words.append("once \(backfill) is verified")
            }
            if !step.takenAlong.isEmpty {
                let labels = step.takenAlong.map(\.description).joined(separator: ", ")
                words.append("takes along \(labels), run again after it")
            }
            return words.joined(separator: ", ")
        }
    }

    /// What it comes to.
    private struct Summary: Report {
        let count: Int

        var json: JSON {
            .object(["event": "migrate.dry_run", "migrations": count])
        }

        func text(_ style: Style) -> String? {
            count == 0
                ? "Nothing to do." : "\(Numbers.count(count, "migration")) would be run. Nothing was changed."
        }
    }

    /// The beginning of a statement on one line.
    private static func clipped(_ statement: String) -> String {
        let words = statement.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return words.count > shownCharacters ? words.prefix(shownCharacters) + "…" : words
    }
}
