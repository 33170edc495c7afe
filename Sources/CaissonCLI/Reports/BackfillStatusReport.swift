import Backfills
import Postgres

/// How far a backfill is.
struct BackfillStatusReport: Report {
    let status: RunStatus

    private var run: Run { status.run }
    private var progress: RunProgress { status.progress }

    /// Whether it may move on by itself. Between two ranges nobody holds one.
    var isAtWork: Bool { run.state == .running || run.state == .pending }

    /// A run whose workers died has the state `running` and nobody at work. One whose claims nobody sees yet, because
    /// their COMMIT waits for a standby, holds no range either.
    private var state: String {
        if status.sessionsWaitingForStandby > 0, run.state.isUnfinished {
            return "\(run.state.rawValue), waits for a standby"
        }
        return isAbandoned ? "running, no worker" : run.state.rawValue
    }

    private var isAbandoned: Bool {
        run.state == .running && progress.rangesHeld == 0 && status.sessions == 0
    }

    private var percent: Int {
        if progress.ranges > 0, progress.rangesDone == progress.ranges { return 100 }
        return min(99, Numbers.percent(progress.scanned, of: max(run.estimatedRows, progress.scanned)))
    }

    var json: JSON {
        .object([
            "event": "backfill.status", "name": run.name, "state": run.state.rawValue,
            "wanted": run.wanted.rawValue, "kind": status.kind, "table": status.table, "run": run.id,
            "rows_estimated": run.estimatedRows, "rows_scanned": progress.scanned,
            "rows_changed": progress.changed, "rows_skipped": progress.skipped, "chunks": progress.chunks,
            "ranges": progress.ranges, "ranges_done": progress.rangesDone, "ranges_held": progress.rangesHeld,
            "chunk_statements": status.path?.statements, "chunk_reason": status.path?.reason,
            "snapshot_age_seconds": status.snapshotAge,
            "sessions": status.sessions, "sessions_waiting_for_standby": status.sessionsWaitingForStandby,
            "retries": progress.retries, "verify_result": run.verifyResult,
            "last_error": run.lastError.map(SecretMask.mask), "created_at": status.createdAt,
            "updated_at": status.updatedAt, "finished_at": status.finishedAt,
        ])
    }

    func text(_ style: Style) -> String? { details(style) }

    /// Everything that is known about one.
    func details(_ style: Style) -> String {
        var lines = [
            "\(style.strong(run.name))  \(style.paint(run.state, state))",
            "  table     \(status.table)",
            "  progress  \(percent) %, \(Numbers.grouped(progress.scanned)) of about "
                + "\(Numbers.count(max(run.estimatedRows, progress.scanned), "row")), "
                + "\(progress.rangesDone) of \(Numbers.count(progress.ranges, "range")) done",
            "  rows      \(Numbers.grouped(progress.changed)) changed, \(Numbers.grouped(progress.skipped)) skipped",
            "  chunks    \(Numbers.grouped(progress.chunks)), \(Numbers.count(progress.retries, "attempt")) made again",
            "  workers   \(Numbers.count(progress.rangesHeld, "range")) held",
            "  began     \(status.createdAt)",
        ]
        if let path = status.path { lines.append("  path      \(path)") }
        if let age = status.snapshotAge {
            lines.append(
                "  snapshot  \(Numbers.duration(age)) old, the oldest of its readers; vacuum waits for it"
            )
        }
        if status.sessionsWaitingForStandby > 0 {
            lines.append(
                "  standby   \(Numbers.count(status.sessionsWaitingForStandby, "COMMIT")) waiting for a synchronous standby "
                    + "to confirm (wait event SyncRep); see synchronous_standby_names"
            )
        }
        if let finished = status.finishedAt { lines.append("  finished  \(finished)") }
        if let result = run.verifyResult { lines.append("  verify    returned \(result)") }
        if let error = run.lastError, run.state == .failed || run.state == .paused {
            lines.append(
                (run.state == .failed ? "  error     " : "  because   ")
                    + SecretMask.mask(error).split(separator: "\n").joined(separator: "\n            ")
            )
        }
        if let next { lines.append("  next      \(next)") }
        return lines.joined(separator: "\n")
    }

    /// The command that comes next.
    var next: String? {
        switch (run.state, run.wanted) {
        case (.paused, .paused): "caisson backfill resume \(run.name)"
        case (.paused, _), (.pending, _), (.failed, _): "caisson backfill run \(run.name)"
        case (.running, _): isAbandoned ? "caisson backfill run \(run.name)" : nil
        case (.completed, _): run.verifyResult == nil ? nil : "caisson backfill run \(run.name) --restart"
        case (.verified, _), (.cancelled, _): nil
        }
    }

    /// Many of them.
    static func table(_ reports: [BackfillStatusReport], _ style: Style) -> String {
        var table = TextTable(
            ("NAME", .left),
            ("STATE", .left),
            ("DONE", .right),
            ("SCANNED", .right),
            ("CHANGED", .right),
            ("SKIPPED", .right),
            ("CHUNKS", .right)
        )
        for report in reports {
            let progress = report.progress
            table.add(
                report.run.name,
                report.state,
                "\(report.percent) %",
                Numbers.grouped(progress.scanned),
                Numbers.grouped(progress.changed),
                Numbers.grouped(progress.skipped),
                Numbers.grouped(progress.chunks)
            )
        }
        return table.text(style) { column, cell, padded in
            guard column == 1, let state = reports.first(where: { $0.state == cell })?.run.state else {
                return padded
            }
            return style.paint(state, padded)
        }
    }
}
