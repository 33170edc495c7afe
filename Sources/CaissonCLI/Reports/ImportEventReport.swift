import Bulk
import Postgres

/// How far an import is.
struct ImportEventReport: Report {
    let event: ImportEvent
    /// The seconds since it began.
    let elapsed: Double
    var purpose = ImportReporter.Purpose.storing
    /// What was measured so far.
    var meter: ImportMeter?

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
        case .replacing(let rows): .object(["event": "import.replacing", "rows": rows])
        case .resumed(let rows, let line):
            .object(["event": "import.resumed", "rows": rows, "line": line])
        case .stored(let rows, let line):
            .object(["event": "import.stored", "rows": rows, "line": line, "seconds": elapsed])
        case .skipped(let row):
            .object([
                "event": "import.skipped", "line": row.line, "text": row.text, "sqlstate": row.sqlState,
                "reason": row.reason,
            ])
        case .beganAgain(let reason): .object(["event": "import.began_again", "reason": reason])
        case .changedWhileRead: .object(["event": "import.changed_while_read"])
        case .warning(let words): .object(["event": "import.warning", "reason": words])
        case .waiting(let reason):
            .object(["event": "import.waiting", "reason": SecretMask.mask(reason)])
        case .goesOnAlone(let reason): .object(["event": "import.goes_on_alone", "reason": reason])
        case .retrying(let reason, let seconds):
            .object(["event": "import.retrying", "reason": SecretMask.mask(reason), "after_seconds": seconds])
        }
    }

    func text(_ style: Style) -> String? {
        switch event {
        case .started(let plan):
            "\(plan.table)  importing \(plan.columns.map(\.name).joined(separator: ", "))"
        case .progress(let progress): text(progress)
        case .merging(let rows): "settling \(Numbers.count(rows, "row")) with those in the table"
        case .replacing(let rows):
            "loaded \(Numbers.count(rows, "row")) beside the table; building indexes, then the new table takes its place"
        case .resumed(let rows, let line):
            "going on at line \(Numbers.grouped(line)), \(Numbers.count(rows, "row")) are settled already"
        case .stored: nil
        case .skipped(let row):
            "line \(Numbers.grouped(row.line)) \(purpose.verb): \(row.reason)\n    \(Self.clipped(row.text))"
        case .beganAgain(let reason): style.warning("beginning at the first row again: \(reason)")
        case .changedWhileRead:
            style.warning(
                "the file was written to while it was read; what was read is stored. Look whether its last row was whole, and run the same command again for what came later"
            )
        case .warning(let words): style.warning("the file was read to its end, with a warning: \(words)")
        case .waiting(let reason): style.warning("the import \(SecretMask.mask(reason))")
        case .goesOnAlone(let reason):
            style.warning("going on with one worker, because \(reason)")
        case .retrying(let reason, let seconds):
            style.warning("tried again in \(Numbers.duration(seconds)): ") + SecretMask.mask(reason)
        }
    }

    /// The first line of a row, as much of it as is of use on a screen.
    private static func clipped(_ text: String) -> String {
        let line = text.prefix { !$0.isNewline }
        let shown = line.prefix(120)
        return shown.count < text.count ? shown + "…" : String(shown)
    }

    private func text(_ progress: ImportProgress) -> String {
        let meter = meter ?? ImportMeter()
        return meter.sentence(progress, at: elapsed)
    }
}
