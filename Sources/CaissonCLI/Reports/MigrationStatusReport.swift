import Migrations
import Postgres

/// How a migration stands.
struct MigrationStatusReport: Report {
    let status: MigrationStatus
    /// Where it stands, in a word.
    let word: String

    private var version: String { status.identity.description }
    private var appliedAt: String? { status.applied?.appliedAt?.utcText }

    var json: JSON {
        .object([
            "event": "migration", "version": version, "name": status.name, "state": word,
            "applied_at": appliedAt, "method": status.applied?.method.rawValue,
        ])
    }

    func text(_ style: Style) -> String? { "\(word)  \(version)  \(status.name)" }

    /// All of them: a line each, then for people what is wrong and what comes next.
    static func show(_ standing: LedgerStanding, on console: Console) {
        let reports = standing.statuses.map { MigrationStatusReport(status: $0, word: standing.word(of: $0)) }
        switch console.format {
        case .json:
            reports.forEach { console.report($0) }
            if let elsewhere = standing.elsewhere { console.report(Elsewhere(error: elsewhere)) }
            if let holder = standing.running { console.report(RunAtWorkReport(holder: holder)) }
        case .text: console.say(text(reports, console.style) + "\n\n" + summary(standing, console.style))
        }
    }

    /// Another ledger knows the files.
    private struct Elsewhere: Report {
        let error: AdoptionError

        var json: JSON { .object(["event": "ledger.elsewhere", "message": error.description]) }

        func text(_ style: Style) -> String? { error.description }
    }

    private static func text(_ reports: [MigrationStatusReport], _ style: Style) -> String {
        var table = TextTable(("STATE", .left), ("VERSION", .left), ("NAME", .left), ("APPLIED AT", .left))
        for report in reports {
            table.add(
                report.word,
                report.version,
                report.status.name,
                report.appliedAt ?? ""
            )
        }
        return table.text(style) { column, cell, padded in
            column == 0 ? style.paint(migrationState: cell, padded) : padded
        }
    }

    /// `5 applied, 2 pending`, what is wrong, and the next command.
    static func summary(_ standing: LedgerStanding, _ style: Style) -> String {
        let statuses = standing.statuses
        let words = [
            "applied", "baseline", "squashed", "newer", "running", "pending", "partial", "edited", "missing",
            "too old",
            "late", "renamed", "ignored",
        ]
        let found = Dictionary(statuses.map { (standing.word(of: $0), 1) }, uniquingKeysWith: +)
        let counts = words.compactMap { word in
            found[word].map { style.paint(migrationState: word, "\($0) \(word)") }
        }
        let conflicts = statuses.compactMap(\.state.conflict).map { style.bad("! ") + $0.description }
        let elsewhere = standing.elsewhere.map { style.bad("! ") + $0.description }
        let running = standing.running.map { RunAtWorkReport(holder: $0).sentence }
        let newer = standing.newer.isEmpty ? nil : MigrationOutcomeReport.note(on: standing.newer)
        let notes = [elsewhere ?? running ?? newer].compactMap { $0 }
        return ([counts.joined(separator: ", ")] + conflicts + (notes.isEmpty ? next(statuses) : notes))
            .joined(separator: "\n")
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
        case "applied", "baseline", "newer": good(text)
        case "pending", "partial", "running", "ignored", "squashed": warning(text)
        default: bad(text)
        }
    }
}
