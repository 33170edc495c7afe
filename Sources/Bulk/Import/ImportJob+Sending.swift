import Postgres

// Reading the file and sending its rows.

extension ImportJob {
    /// The preview has seen enough.
    private struct EnoughRows: Error {}

    /// Sends the rows of the file in a series of COPY statements.
    func send(
        _ statement: SQL,
        as relation: String,
        numbered: Bool,
        limit: Int,
        on connection: Connection,
        _ onEvent: (ImportEvent) -> Void
    ) throws -> Int {
        var (stored, goesOn) = (0, true)
        while goesOn {
            let earlierRows = rows
            do {
                stored += try connection.copyIn(statement) { copy in
                    goesOn = try sendPiece(numbered: numbered, into: copy, limit: limit, onEvent)
                }
            } catch {
                throw located(error, relation, after: earlierRows)
            }
        }
        return stored
    }

    /// Sends the next rows; whether more of the file is left.
    private func sendPiece(
        numbered: Bool,
        into copy: CopyWriter,
        limit: Int,
        _ onEvent: (ImportEvent) -> Void
    ) throws -> Bool {
        let hasHeader = load.format.header == .present
        var encoder = ImportRowEncoder(mapping.values, null: load.null, numbersRows: numbered)
        // A variable of the function, because a property of a class costs a check at every access.
        var rows = rows
        func take(_ record: borrowing CSVRecord) throws {
            if record.number == 1, hasHeader { return }
            guard rows < limit else { throw EnoughRows() }
            rows += 1
            lines.append(line: record.line)
            try encoder.send(record, to: copy)
        }
        defer { self.rows = rows }
        var goesOn = false
        do {
            goesOn = try readPiece(take) { [input] in
                onEvent(.progress(ImportProgress(bytes: bytes, totalBytes: input.totalBytes, rows: rows)))
            }
        } catch is EnoughRows {}
        try encoder.flush(to: copy)
        return goesOn
    }

    /// Reads up to the size of a piece; whether more of the file is left.
    private func readPiece(
        _ take: (borrowing CSVRecord) throws -> Void,
        afterBlock: () -> Void
    ) throws -> Bool {
        // Foreign keys are checked when a statement ends: a child may stand before its parent in one COPY
        // only.
        let size = table.isSelfReferencing ? Int.max : load.pieceSize
        let start = bytes
        while bytes - start < size {
            guard let block = try input.next() else {
                try reader.csv.finish(take)
                return false
            }
            try reader.csv.feed(block, take)
            bytes += block.count
            afterBlock()
        }
        return true
    }

    /// The error with the place in the file.
    private func located(_ error: any Error, _ relation: String, after rows: Int) -> any Error {
        switch error {
        case let error as CSVError: return ImportError.malformed(load.source, error)
        case PostgresError.server(let error): return refused(error, relation, after: rows)
        case TransactionError.cleanupFailed(_ as CSVError, PostgresError.server(let error)):
            // The server had given up on an earlier line when the reader met a later one.
            return refused(error, relation, after: rows)
        default: return error
        }
    }

    private func refused(_ error: ServerError, _ relation: String, after rows: Int) -> ImportError {
        let place = CopyContext(error, table: relation).map { context in
            let row = rows + context.row
            return ImportError.Place(row: row, line: lines.line(ofRow: row), column: context.column)
        }
        return .refused(load.source, error, place)
    }
}
