import Postgres

// Reading the file and sending its rows.

extension ImportJob {
    /// The preview has seen enough.
    private struct EnoughRows: Error {}

    /// The bytes of the first COPY: the server checks these rows against the types and constraints of the table before
    /// the rest is even read.
    private static let firstPieceSize = 1 << 20

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
        var encoded = RowBuffer(numbersRows: numbered)
        // A variable of the function, because a property of a class costs a check at every access.
        var rows = rows
        func take(_ encoded: inout RowBuffer, _ start: RecordPosition) throws {
            rows += 1
            lines.append(line: start.line)
            if encoded.encoder.count >= CopyWriter.flushSize { try Self.flush(&encoded, to: copy) }
            if rows == limit { throw EnoughRows() }
        }
        defer { self.rows = rows }
        var goesOn = false
        do {
            goesOn = try readPiece(into: &encoded, take) { [input] in
                onEvent(.progress(input.progress(rows: rows)))
            }
        } catch is EnoughRows {}
        try Self.flush(&encoded, to: copy)
        return goesOn
    }

    private static func flush(_ encoded: inout RowBuffer, to copy: CopyWriter) throws {
        copy.buffer.append(contentsOf: encoded.encoder.bytes)
        encoded.encoder.removeAll()
        try copy.flushIfFull()
    }

    /// Reads up to the size of a piece; whether more of the file is left.
    private func readPiece(
        into encoded: inout RowBuffer,
        _ take: (inout RowBuffer, RecordPosition) throws -> Void,
        afterBlock: () -> Void
    ) throws -> Bool {
        let start = input.bytesRead
        // Foreign keys are checked when a statement ends: a child may stand before its parent in one COPY
        // only.
        let size =
            table.isSelfReferencing
            ? Int.max : min(load.pieceSize, start == 0 ? Self.firstPieceSize : load.pieceSize)
        while input.bytesRead - start < size {
            guard let block = try input.next() else {
                try reader.read(nil, into: &encoded, take)
                return false
            }
            try reader.read(block, into: &encoded, take)
            afterBlock()
        }
        return true
    }

    /// The error with the place in the file.
    func located(_ error: any Error, _ relation: String, after rows: Int) -> any Error {
        switch error {
        case let error as CSVError: return ImportError.malformed(load.source, error)
        case let error as JSONLinesError: return ImportError.malformedJSON(load.source, error)
        case PostgresError.server(let error): return refused(error, relation, after: rows)
        case TransactionError.cleanupFailed(let cause, PostgresError.server(let error))
        where cause is CSVError || cause is JSONLinesError:
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

extension ImportInput {
    /// How far the reading is.
    func progress(rows: Int) -> ImportProgress {
        ImportProgress(bytes: progress, totalBytes: totalBytes, rows: rows)
    }
}
