import Migrations
import Postgres

/// How a migration stands.
struct MigrationStatusReport: Report {
    let status: MigrationStatus

    private var version: String { status.identity.description }
    private var appliedAt: String? { status.applied?.appliedAt?.utcText }

    var json: JSON {
        .object([
            "event": "migration", "version": version, "name": status.name, "state": status.word,
            "applied_at": appliedAt, "method": status.applied?.method.rawValue,
        ])
    }

    func text(_ style: Style) -> String? { "\(status.word)  \(version)  \(status.name)" }

    /// All of them: a line each, then for people what is wrong and what comes next.
    static func show(_ statuses: [MigrationStatus], on console: Console) {
        let reports = statuses.map(MigrationStatusReport.init)
        switch console.format {
        case .json: reports.forEach { console.report($0) }
        case .text: console.say(text(reports, console.style))
        }
    }

    private static func text(_ reports: [MigrationStatusReport], _ style: Style) -> String {
        var table = TextTable(("STATE", .left), ("VERSION", .left), ("NAME", .left), ("APPLIED AT", .left))
        for report in reports {
            table.add(
                report.status.word,
                report.version,
                report.status.name,
                report.appliedAt ?? ""
            )
        }
        let lines = table.text(style) { column, cell, padded in
            column == 0 ? style.paint(migrationState: cell, padded) : padded
        }
        return lines + "\n\n" + summary(reports.map(\.status), style)
    }

    /// `5 applied, 2 pending`, what is wrong, and the next command.
    static func summary(_ statuses: [MigrationStatus], _ style: Style) -> String {
        let words = [
            "applied", "baseline", "squashed", "pending", "partial", "edited", "missing", "late", "renamed",
            "ignored",
        ]
        let found = Dictionary(statuses.map { ($0.word, 1) }, uniquingKeysWith: +)
        let counts = words.compactMap { word in
            found[word].map { style.paint(migrationState: word, "\($0) \(word)") }
        }
        let conflicts = statuses.compactMap(\.state.conflict).map { style.bad("! ") + $0.description }
        return ([counts.joined(separator: ", ")] + conflicts + next(statuses)).joined(separator: "\n")
    }

    private static func next(_ statuses: [MigrationStatus]) -> [String] {
        switch Outcome(of: statuses) {
        case .pending where !statuses.contains { $0.state == .pending }:
            ["What squashed files replace is applied; have the ledger say so with: caisson migrate up"]
        case .pending: ["Apply what is pending with: caisson migrate up"]
        case .stoppedHalfWay:
            statuses.contains { $0.applied?.state == .reverting }
                ? ["Finish the one that stopped half way with: caisson migrate down"]
                : ["Finish the one that stopped half way with: caisson migrate up"]
        default: []
        }
    }
}

extension MigrationStatus.State {
    /// What a person has to settle.
    var conflict: MigrationConflict? {
        if case .conflict(let conflict) = self { conflict } else { nil }
    }
}

extension Style {
    /// A migration's state in its colour.
    fileprivate func paint(migrationState word: String, _ text: String) -> String {
        switch word {
        case "applied", "baseline": good(text)
        case "pending", "partial", "ignored", "squashed": warning(text)
        default: bad(text)
        }
    }
}
