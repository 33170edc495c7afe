import Backfills
import Bulk
import Postgres

/// What a backfill would do, row by row.
struct DryRunReport {
    private static let shownRows = 10
    private static let shownCharacters = 60

    private let dryRun: DryRun
    private let differences: [RowDifference]

    init(_ dryRun: DryRun) {
        self.dryRun = dryRun
        differences = dryRun.changes.map { RowDifference($0, key: dryRun.targetKey) }
    }

    /// Shows the sums and the rows.
    func show(on console: Console) {
        switch console.format {
        case .json:
            differences.forEach {
                console.report(Row(name: dryRun.name, table: dryRun.target.description, difference: $0))
            }
            dryRun.findings.forEach {
                console.report(BackfillEventReport(name: dryRun.name, event: .finding($0)))
            }
            console.report(Summary(dryRun: dryRun))
        case .text:
            console.report(Summary(dryRun: dryRun))
            console.say(rows(console.style))
        }
    }

    private func rows(_ style: Style) -> String {
        guard !differences.isEmpty else { return "No row would change." }
        var table = TextTable(("ROW", .left), ("COLUMN", .left), ("OLD", .left), ("NEW", .left))
        for (index, difference) in differences.prefix(Self.shownRows).enumerated() {
            add(difference, named: name(of: difference, at: index), to: &table)
        }
        let rest = differences.count - Self.shownRows
        let more = rest > 0 ? "\nand \(Numbers.count(rest, "more row")) of this chunk" : ""
        return "\nWould change in \(dryRun.target.description):\n" + table.text(style) + more
    }

    private func add(_ difference: RowDifference, named name: String, to table: inout TextTable) {
        var name = name
        for column in difference.columns {
            table.add(name, column.name, shown(column.old), shown(column.new))
            // Its name once is enough.
            name = ""
        }
        if difference.columns.isEmpty { table.add(name, "", "", "") }
    }

    private func name(of difference: RowDifference, at index: Int) -> String {
        let key = difference.key.map { "\($0.name)=\(shown($0.value))" }.joined(separator: " ")
        let mark =
            switch difference.action {
            case .insert: "+ "
            case .delete: "- "
            case .update: "  "
            }
        return mark + (key.isEmpty ? "row \(index + 1)" : key)
    }

    private func shown(_ value: JSON?) -> String {
        guard let text = value?.description else { return "" }
        return text.count > Self.shownCharacters ? text.prefix(Self.shownCharacters) + "…" : text
    }
}

extension DryRunReport {
    /// One row among JSON lines.
    private struct Row: Report {
        let name: String
        let table: String
        let difference: RowDifference

        var json: JSON {
            .object([
                "event": "backfill.change", "name": name, "table": table,
                "action": difference.json["action"], "key": difference.json["key"],
                "columns": difference.json["columns"],
            ])
        }

        func text(_ style: Style) -> String? { nil }
    }

    /// The sums and the estimate.
    private struct Summary: Report {
        let dryRun: DryRun

        /// With one worker, when all chunks are like this one; of a few rows nothing can be concluded.
        private var estimatedSeconds: Double? {
            guard dryRun.scanned >= 500 else { return nil }
            return dryRun.seconds / Double(dryRun.scanned) * Double(max(dryRun.estimatedRows, dryRun.scanned))
        }

        var json: JSON {
            .object([
                "event": "backfill.dry_run", "name": dryRun.name, "table": dryRun.table.description,
                "key": dryRun.key,
                "rows_estimated": dryRun.estimatedRows, "ranges": dryRun.ranges,
                "rows_scanned": dryRun.scanned,
                "rows_matched": dryRun.matched, "rows_changed": dryRun.changes.count,
                "target": dryRun.target.description, "seconds": dryRun.seconds,
                "seconds_estimated": estimatedSeconds, "notes": dryRun.notes,
                "chunk_statements": dryRun.path?.statements, "chunk_reason": dryRun.path?.reason,
            ])
        }

        func text(_ style: Style) -> String? {
            let size =
                "about \(Numbers.count(dryRun.estimatedRows, "row")) in \(Numbers.count(dryRun.ranges, "range"))"
            var lines = [
                style.strong(
                    "Dry run of \(dryRun.name): one chunk was run and rolled back, nothing was written."
                ),
                "  table     \(dryRun.table.description) by \(dryRun.key.joined(separator: ", ")), \(size)",
                "  chunk     \(Numbers.count(dryRun.scanned, "row")) scanned, \(Numbers.grouped(dryRun.matched)) to do, "
                    + "\(Numbers.grouped(dryRun.changes.count)) would change in \(dryRun.target.description), "
                    + "\(Numbers.duration(dryRun.seconds))",
            ]
            if let estimatedSeconds {
                lines.append("  estimate  about \(Numbers.duration(estimatedSeconds)) with one worker")
            }
            if let path = dryRun.path { lines.append("  path      \(path)") }
            lines += dryRun.findings.filter { !$0.isAcknowledged }.map {
                "  \(style.warning($0.id))       \($0.advice)"
            }
            lines += dryRun.notes.map { "  note      \($0)" }
            return lines.joined(separator: "\n")
        }
    }
}
