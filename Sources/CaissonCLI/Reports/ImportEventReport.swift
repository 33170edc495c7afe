import Bulk

/// How far an import is.
struct ImportEventReport: Report {
    let event: ImportEvent
    /// The seconds since it began.
    let elapsed: Double

    var json: JSON {
        switch event {
        case .started(let plan):
            .object([
                "event": "import.started", "table": plan.table, "columns": plan.columns.map(\.name),
                "ignored": plan.ignored, "filled_by_server": plan.filledByServer,
            ])
        case .progress(let progress):
            .object([
                "event": "import.progress", "rows": progress.rows, "bytes": progress.bytes,
                "bytes_total": progress.totalBytes, "seconds": elapsed,
            ])
        case .merging(let rows): .object(["event": "import.merging", "rows": rows])
        }
    }

    func text(_ style: Style) -> String? {
        switch event {
        case .started(let plan):
            "\(plan.table)  importing \(plan.columns.map(\.name).joined(separator: ", "))"
        case .progress(let progress): text(progress)
        case .merging(let rows): "settling \(Numbers.count(rows, "row")) with those in the table"
        }
    }

    private func text(_ progress: ImportProgress) -> String {
        let share = progress.totalBytes.map { "\(Numbers.percent(progress.bytes, of: $0)) %, " } ?? ""
        let rate = Int(Double(progress.rows) / max(elapsed, 0.001))
        return "\(share)\(Numbers.count(progress.rows, "row")), \(Numbers.grouped(rate)) rows/s"
    }
}
