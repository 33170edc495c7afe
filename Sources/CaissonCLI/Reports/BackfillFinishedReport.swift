import Backfills

/// How a call of `backfill run` ended. The names of its members are a contract.
struct BackfillFinishedReport: Report {
    let result: RunResult

    private var run: Run { result.run }
    private var progress: RunProgress { result.progress }

    var json: JSON {
        .object([
            "event": "backfill.finished",
            "name": run.name,
            "state": run.state.rawValue,
            "rows_scanned": progress.scanned,
            "rows_changed": progress.changed,
            "rows_skipped": progress.skipped,
            "chunks": progress.chunks,
            "seconds": result.seconds,
        ])
    }

    func text(_ style: Style) -> String? {
        if result.work == .none, !run.state.isUnfinished {
            return "\(run.name)  \(style.paint(run.state)) before, nothing to do. "
                + "To do it again: caisson backfill run \(run.name) --restart\(remark)"
        }
        return "\(run.name)  \(style.paint(run.state))  \(counts)\(remark)"
    }

    private var counts: String {
        var counts = [
            "\(Numbers.count(progress.scanned, "row")) scanned",
            "\(Numbers.grouped(progress.changed)) changed",
        ]
        if progress.moved > 0 { counts.append("\(Numbers.grouped(progress.moved)) read again") }
        if progress.skipped > 0 { counts.append("\(Numbers.grouped(progress.skipped)) skipped") }
        counts.append(Numbers.count(progress.chunks, "chunk"))
        return counts.joined(separator: ", ") + " in " + Numbers.duration(result.seconds)
    }

    private var remark: String {
        switch (run.state, run.wanted) {
        case (.completed, _) where run.verifyResult == nil:
            "\nIt has no verify query, so a migration that requires it keeps waiting."
        case (.paused, .paused):
            "\nIt was paused on purpose. Take that back with: caisson backfill resume \(run.name)"
        case (.paused, _), (.running, _), (.pending, _):
            "\nGo on with: caisson backfill run \(run.name)"
        default: ""
        }
    }
}

extension Style {
    /// A state in its colour.
    func paint(_ state: RunState, _ text: String? = nil) -> String {
        let text = text ?? state.rawValue
        return switch state {
        case .verified, .completed: good(text)
        case .paused, .pending, .running: warning(text)
        case .failed, .cancelled: bad(text)
        }
    }
}
