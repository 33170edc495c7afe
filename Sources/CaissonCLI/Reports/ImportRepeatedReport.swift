import Imports

/// An import that was done before.
struct ImportRepeatedReport: Report {
    let table: String
    let run: ImportRun

    var json: JSON {
        .object([
            "event": "import.already_done", "table": table, "rows_read": run.rowsRead,
            "rows_skipped": run.rowsSkipped, "at": run.updatedAt,
        ])
    }

    func text(_ style: Style) -> String? {
        """
        \(table)  nothing to do: this file was imported at \(run.updatedAt), \(Numbers.count(run.rowsRead, "row")). To \
        import it once more, add --restart.
        """
    }
}
