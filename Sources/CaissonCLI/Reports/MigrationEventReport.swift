import Migrations
import Postgres
import SQLSyntax

/// Something that happened while migrations ran.
struct MigrationEventReport: Report {
    let event: MigrationEvent

    var json: JSON {
        switch event {
        case .waitingForLock(let holder):
            .object(["event": "migration.waiting_for_lock", "holder": holder?.description])
        case .started(let step): object("started", step)
        case .statementStarted(let step, let ordinal):
            object("statement_started", step, ["statement": ordinal, "line": step.line(of: ordinal)])
        case .statementFinished(let step, let ordinal, let duration):
            object("statement_finished", step, ["statement": ordinal, "seconds": duration / .seconds(1)])
        case .notice(let step, let notice):
            object("notice", step, ["severity": notice.severity, "message": notice.message])
        case .retrying(let step, let attempt, let seconds, let reason):
            object(
                "retrying",
                step,
                ["attempt": attempt, "after_seconds": seconds, "reason": Secrets.mask("\(reason)")]
            )
        case .droppingInvalidIndex(let step, let name):
            object("dropping_invalid_index", step, ["index": name])
        case .resolvingOutcome(let step): object("resolving_outcome", step)
        case .outcomeResolved(let step, let committed):
            object("outcome_resolved", step, ["committed": committed])
        case .finished(let done): object("finished", done.step, ["seconds": done.duration / .seconds(1)])
        case .waitingForBackfill(let step, let backfill, let reason):
            object("waiting_for_backfill", step, ["backfill": backfill, "reason": reason])
        }
    }

    private func object(
        _ event: String,
        _ step: MigrationStep,
        _ more: KeyValuePairs<String, any JSONConvertible> = [:]
    ) -> JSON {
        let members: KeyValuePairs<String, any JSONConvertible> = [
            "event": "migration.\(event)", "version": step.identity.description, "name": step.name,
            "direction": step.direction.rawValue,
        ]
        return .object((Array(members) + Array(more)).map { JSON.Member(name: $0.key, value: $0.value.json) })
    }

    func text(_ style: Style) -> String? {
        switch event {
        case .finished(let done):
            "\(style.good(done.step.direction == .up ? "applied " : "reverted"))  \(done.step.label)  "
                + Numbers.duration(done.duration / .seconds(1))
        case .notice(let step, let notice): "\(style.faint("  \(step.label)  \(notice)"))"
        case .waitingForLock(let holder):
            style.warning("waiting for another run: \(holder?.description ?? "it cannot be seen which")")
        case .retrying(let step, let attempt, let seconds, let reason):
            style.warning(
                "\(step.label)  attempt \(attempt) met a lock, the next follows in \(Numbers.duration(seconds))"
            )
                + "\n  " + Secrets.mask("\(reason)")
        case .droppingInvalidIndex(let step, let name):
            style.warning("\(step.label)  drops the invalid index \(name) of an earlier attempt")
        case .resolvingOutcome(let step):
            style.warning("\(step.label)  lost the connection in COMMIT, looking the outcome up")
        case .outcomeResolved(let step, let committed):
            style.warning("\(step.label)  was \(committed ? "committed" : "not committed and is run again")")
        case .started, .statementStarted, .statementFinished, .waitingForBackfill: nil
        }
    }

    /// What goes on now, for a live line; nil when nothing does.
    var activity: String? {
        switch event {
        case .started(let step): "\(step.label) …"
        case .statementStarted(let step, let ordinal), .statementFinished(let step, let ordinal, _):
            "\(step.label)  statement \(ordinal) of \(step.section.statements.count) …"
        case .notice(let step, _), .retrying(let step, _, _, _), .droppingInvalidIndex(let step, _),
            .resolvingOutcome(let step), .outcomeResolved(let step, _):
            "\(step.label) …"
        case .waitingForLock: "waiting for another run …"
        case .finished, .waitingForBackfill: nil
        }
    }
}

extension MigrationStep {
    /// The line of a statement, counted from 1.
    fileprivate func line(of ordinal: Int) -> Int? {
        section.statements.indices.contains(ordinal - 1) ? section.statements[ordinal - 1].line : nil
    }
}
