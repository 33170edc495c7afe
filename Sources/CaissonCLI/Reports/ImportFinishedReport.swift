import Bulk

/// What an import did.
struct ImportFinishedReport: Report {
    let table: String
    let result: ImportResult
    /// The schema of the table with the rows that were left out.
    let schema: String

    private var outcome: WriteOutcome { result.outcome }
    private var seconds: Double { result.duration / .seconds(1) }

    var json: JSON {
        .object([
            "event": "import.finished", "table": table, "rows_read": result.rowsRead,
            "rows_skipped": result.rowsSkipped,
            "rows_inserted": outcome.inserted, "rows_updated": outcome.updated,
            "rows_unchanged": outcome.unchanged, "rows_dropped": outcome.dropped,
            "rows_duplicate": outcome.duplicates, "bytes": result.bytes,
            "seconds": seconds,
        ])
    }

    func text(_ style: Style) -> String? {
        var parts = ["\(Numbers.grouped(outcome.inserted)) inserted"]
        if outcome.updated > 0 { parts.append("\(Numbers.grouped(outcome.updated)) updated") }
        if outcome.unchanged > 0 { parts.append("\(Numbers.grouped(outcome.unchanged)) left as they were") }
        if outcome.duplicates > 0 { parts.append("\(Numbers.grouped(outcome.duplicates)) twice in the file") }
        if outcome.dropped > 0 {
            parts.append("\(Numbers.grouped(outcome.dropped)) dropped by a trigger or rule of the table")
        }
        if result.rowsSkipped > 0 {
            parts.append(
                "\(Numbers.grouped(result.rowsSkipped)) left out (--skipped lists them; \(schema).backfill_skipped)"
            )
        }
        let rows = "\(Numbers.count(result.rowsRead, "row")) in \(Numbers.duration(seconds)): "
        return "\(table)  \(style.good("imported"))  \(rows)\(parts.joined(separator: ", "))"
    }
}
