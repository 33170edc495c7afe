package import Postgres

extension FileImport {
    /// Checks that the file fits the table, as an import does before its first row. A pipe is not looked at, because it can be
    /// read only once.
    ///
    /// - Throws: as ``run(on:_:onEvent:)`` before the first row.
    package func checkColumns(on connection: Connection) throws {
        guard !isPipe else { return }
        let job = try ImportJob(self, on: connection)
        job.input.sign = nil
        _ = try job.mergePlan()
    }

    /// Whether the source can be read only once.
    package var isPipe: Bool { source.isPipe }
}

extension ImportResult {
    /// The same result, of an import that had more to do than to store the rows.
    package func lasting(_ duration: Duration) -> ImportResult {
        ImportResult(
            rowsRead: rowsRead,
            rowsSkipped: rowsSkipped,
            outcome: outcome,
            blankLines: blankLines,
            bytes: bytes,
            duration: duration
        )
    }
}

extension ImportPlan {
    /// The same plan, of a table that is to have another name.
    package func renamed(_ table: String) -> ImportPlan {
        ImportPlan(
            table: table,
            fileColumns: fileColumns,
            columns: columns,
            ignored: ignored,
            filledByServer: filledByServer
        )
    }
}
