import Backfills
import Postgres

/// Something that happened while a backfill ran.
struct BackfillEventReport: Report {
    let name: String
    let event: BackfillEvent

    var json: JSON {
        switch event {
        case .started(let run, _, let isResumed, let progress, let estimate):
            .object([
                "event": "backfill.started", "name": name, "run": run, "resumed": isResumed,
                "rows_estimated": estimate, "rows_scanned": progress.scanned, "ranges": progress.ranges,
                "ranges_done": progress.rangesDone,
            ])
        case .chunk(let chunk):
            .object([
                "event": "backfill.chunk", "name": name, "range": chunk.range, "cursor": chunk.cursor,
                "rows_scanned": chunk.scanned, "rows_changed": chunk.changed, "rows_moved": chunk.moved,
                "seconds": chunk.seconds,
            ])
        case .finding(let finding):
            .object([
                "event": "backfill.finding", "name": name, "id": finding.id,
                "severity": finding.severity.rawValue,
                "text": finding.text, "place": finding.place, "acknowledged": finding.isAcknowledged,
                "reason": finding.acknowledgement,
            ])
        case .retrying(let range, let reason, let delay):
            .object([
                "event": "backfill.retrying", "name": name, "range": range, "reason": SecretMask.mask(reason),
                "after_seconds": delay,
            ])
        case .paused(let reason):
            .object(["event": "backfill.paused", "name": name, "reason": SecretMask.mask(reason)])
        case .skipped(let key, let reason):
            .object([
                "event": "backfill.skipped", "name": name, "key": key, "reason": SecretMask.mask(reason),
            ])
        case .leaseLost(let range): .object(["event": "backfill.lease_lost", "name": name, "range": range])
        case .blocked(let range, let blockers):
            .object(["event": "backfill.blocked", "name": name, "range": range, "by": blockers])
        case .path(let path):
            .object([
                "event": "backfill.path", "name": name, "statements": path.statements, "reason": path.reason,
            ])
        case .partGone(let range): .object(["event": "backfill.part_gone", "name": name, "range": range])
        case .anotherPass(let number, let ranges):
            .object(["event": "backfill.another_pass", "name": name, "pass": number, "ranges": ranges])
        case .following(let rows, let waiting):
            .object(["event": "backfill.following", "name": name, "rows": rows, "rows_waiting": waiting])
        case .waitingForOthers(let held):
            .object(["event": "backfill.waiting", "name": name, "ranges_held": held])
        case .waitingForStandby: .object(["event": "backfill.waiting_for_standby", "name": name])
        case .analyzing(let table):
            .object(["event": "backfill.analyzing", "name": name, "table": table])
        case .verifying: .object(["event": "backfill.verifying", "name": name])
        }
    }

    /// Chunks, waits and the end are seen in the progress.
    func text(_ style: Style) -> String? {
        switch event {
        case .started(_, _, let isResumed, let progress, let estimate):
            start(isResumed, progress, estimate)
        case .retrying(let range, let reason, let delay):
            style.warning("\(name)  range \(range) is tried again in \(Numbers.duration(delay)): ")
                + SecretMask.mask(reason)
        case .paused(let reason):
            style.warning("\(name)  the run is paused. ") + SecretMask.mask(reason)
        case .skipped(let key, let reason):
            style.warning("\(name)  skipped the row with key \(key): \(SecretMask.mask(reason))")
        case .blocked(let range, let blockers):
            "\(name)  \(range.map { "range \($0)" } ?? "the run") \(blockers)"
        case .leaseLost(let range):
            style.warning(
                "\(name)  range \(range) was taken over by another worker; its last chunk was rolled back"
            )
        case .partGone(let range):
            style.warning(
                "\(name)  the table of range \(range) was detached or dropped; its rows are passed over"
            )
        case .anotherPass(let number, let ranges):
            "\(name)  rows are left to do: pass \(number) over the table, in \(Numbers.count(ranges, "range"))"
        case .finding(let finding):
            finding.isAcknowledged ? nil : style.warning("\(name)  \(finding.id)  ") + finding.advice
        case .following(0, 0): "\(name)  follows: no lag; Ctrl-C finishes the run"
        case .following(0, let waiting):
            "\(name)  follows: \(Numbers.count(waiting, "row")) behind, until transactions have ended that may write before "
                + "them"
        case .following(let rows, _): "\(name)  follows: \(Numbers.count(rows, "row")) behind"
        case .waitingForStandby:
            style.warning(
                "\(name)  waiting for a synchronous standby to confirm a COMMIT (synchronous_standby_names); Ctrl-C stops"
            )
        case .path, .chunk, .waitingForOthers, .analyzing, .verifying: nil
        }
    }

    private func start(_ isResumed: Bool, _ progress: RunProgress, _ estimate: Int) -> String {
        let size = "about \(Numbers.count(estimate, "row")) in \(Numbers.count(progress.ranges, "range"))"
        guard isResumed else { return "\(name)  started: \(size)" }
        return "\(name)  goes on: \(Numbers.grouped(progress.scanned)) of \(size) are done"
    }
}
