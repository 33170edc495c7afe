import Bulk

/// The next of several files.
struct ImportFileReport: Report {
    let file: String
    let number: Int
    let count: Int

    var json: JSON {
        .object(["event": "import.file", "file": file, "number": number, "count": count])
    }

    func text(_ style: Style) -> String? { "\(style.faint("\(number) of \(count)"))  \(file)" }
}

/// What an import would do.
struct ImportCheckReport: Report {
    let table: String
    let result: ImportResult

    private var outcome: WriteOutcome { result.outcome }
    private var seconds: Double { result.duration / .seconds(1) }

    var json: JSON {
        .object([
            "event": "import.checked", "table": table, "rows_read": result.rowsRead,
            "rows_refused": result.rowsSkipped, "rows_inserted": outcome.inserted,
            "rows_updated": outcome.updated, "bytes": result.bytes, "seconds": seconds,
        ])
    }

    func text(_ style: Style) -> String? {
        let rows = "\(Numbers.count(result.rowsRead, "row")) in \(Numbers.duration(seconds))"
        let refused =
            result.rowsSkipped == 0
            ? style.good("none would be refused")
            : style.warning("\(Numbers.grouped(result.rowsSkipped)) would be refused")
        return "\(table)  checked, nothing stored  \(rows): \(refused)"
    }
}
