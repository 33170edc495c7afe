import Control
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
                ["attempt": attempt, "after_seconds": seconds, "reason": SecretMask.mask("\(reason)")]
            )
        case .droppingInvalidIndex(let step, let name):
            object("dropping_invalid_index", step, ["index": name])
        case .blocked(let step, let ordinal, let report):
            object("blocked", step, ["statement": ordinal, "lock": report.lock, "blockers": report.json])
        case .indexProgress(let step, let ordinal, let progress):
            object(
                "index_progress",
                step,
                [
                    "statement": ordinal, "phase": progress.phase, "done": Int(progress.done),
                    "total": Int(progress.total),
                ]
            )
        case .partitionIndexed(let step, let table, let remaining):
            object("partition_indexed", step, ["table": table, "remaining": remaining])
        case .finalizingDetach(let step, let partition):
            object("finalizing_detach", step, ["partition": partition])
        case .foundDone(let step, let ordinal): object("found_done", step, ["statement": ordinal])
        case .resolvingOutcome(let step): object("resolving_outcome", step)
        case .outcomeResolved(let step, let committed):
            object("outcome_resolved", step, ["committed": committed])
        case .finished(let done):
            object(
                "finished",
                done.step,
                ["seconds": done.duration / .seconds(1), "replaces": done.step.replaced.count]
            )
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
            "\(style.good(done.step.pastTense))  \(done.step.label)  "
                + Numbers.duration(done.duration / .seconds(1))
        case .notice(let step, let notice): "\(style.faint("  \(step.label)  \(notice)"))"
        case .waitingForLock(let holder):
            style.warning("waiting for another run: \(holder?.description ?? "it cannot be seen which")")
        case .retrying(let step, let attempt, let seconds, let reason):
            style.warning(
                "\(step.label)  attempt \(attempt) met a lock, the next follows in \(Numbers.duration(seconds))"
            )
                + "\n  " + SecretMask.mask("\(reason)")
        case .droppingInvalidIndex(let step, let name):
            style.warning("\(step.label)  drops the invalid index \(name) of an earlier attempt")
        case .blocked(let step, let ordinal, let report):
            style.warning("\(step.label)  statement \(ordinal) \(SecretMask.mask(report.description))")
        case .partitionIndexed(let step, let table, let remaining):
            style.faint("  \(step.label)  indexed \(table), \(remaining) to follow")
        case .finalizingDetach(let step, let partition):
            style.warning("\(step.label)  brings the detaching of \(partition) to its end")
        case .foundDone(let step, let ordinal):
            style.warning(
                "\(step.label)  statement \(ordinal) of an earlier run was done; only its record was missing"
            )
        case .resolvingOutcome(let step):
            style.warning("\(step.label)  lost the connection in COMMIT, looking the outcome up")
        case .outcomeResolved(let step, let committed):
            style.warning("\(step.label)  was \(committed ? "committed" : "not committed and is run again")")
        case .started, .statementStarted, .statementFinished, .indexProgress, .waitingForBackfill: nil
        }
    }

    /// What goes on now, for a live line; nil when nothing does.
    var activity: String? {
        switch event {
        case .started(let step): "\(step.label) …"
        case .statementStarted(let step, let ordinal), .statementFinished(let step, let ordinal, _):
            "\(step.label)  statement \(ordinal) of \(step.section.statements.count) …"
        case .notice(let step, _), .retrying(let step, _, _, _), .droppingInvalidIndex(let step, _),
            .resolvingOutcome(let step), .outcomeResolved(let step, _), .partitionIndexed(let step, _, _),
            .finalizingDetach(let step, _), .foundDone(let step, _), .blocked(let step, _, _):
            "\(step.label) …"
        case .indexProgress(let step, let ordinal, let progress):
            "\(step.label)  statement \(ordinal): \(progress) …"
        case .waitingForLock: "waiting for another run …"
        case .finished, .waitingForBackfill: nil
        }
    }
}

extension BlockerReport {
    /// The sessions in the way, each an object.
    fileprivate var json: JSON {
        .array(
            blockers.map { blocker in
                .object([
                    "pid": Int(blocker.pid), "role": blocker.role, "application": blocker.applicationName,
                    "host": blocker.host, "state": blocker.state,
                    "transaction_seconds": blocker.transactionAge.map { $0 / .seconds(1) },
                    "holds": blocker.heldMode, "query": SecretMask.mask(blocker.query),
                    "prepared": blocker.prepared?.name,
                ])
            }
        )
    }
}

extension MigrationStep {
    /// What was done, in one word.
    fileprivate var pastTense: String {
        if !replaced.isEmpty { return "squashed" }
        return direction == .up ? "applied " : "reverted"
    }

    /// The line of a statement, counted from 1.
    fileprivate func line(of ordinal: Int) -> Int? {
        section.statements.indices.contains(ordinal - 1) ? section.statements[ordinal - 1].line : nil
    }
}
