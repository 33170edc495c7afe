import Backfills
import Postgres

/// A row that a backfill could not apply.
struct SkippedRowReport: Report {
    let name: String
    let row: SkippedRow

    var json: JSON {
        .object([
            "event": "backfill.skipped_row", "name": name, "key": row.key, "sqlstate": row.sqlState,
            "message": SecretMask.mask(row.message), "row": row.row.flatMap(JSONParser.value(of:)) ?? .null,
        ])
    }

    func text(_ style: Style) -> String? {
        let content = row.row.map { "\n    row: \($0)" } ?? ""
        return "\(name)  key \(row.key): \(SecretMask.mask(row.message))\(content)"
    }
}

/// What became of skipped rows that were tried again.
struct RetryReport: Report {
    let run: Run
    let tried: Int
    let left: Int

    var json: JSON {
        .object([
            "event": "backfill.retried", "name": run.name, "state": run.state.rawValue, "rows_tried": tried,
            "rows_left": left,
        ])
    }

    func text(_ style: Style) -> String? {
        let outcome =
            "\(run.name)  \(Numbers.count(tried, "skipped row")) tried again, \(tried - left) applied"
        return left == 0 ? outcome : outcome + "; the others: caisson backfill skipped \(run.name)"
    }
}
