import CLibPQ

extension Connection {
    /// Runs `COPY … TO STDOUT` and hands over its data, message by message; in the text and CSV formats that is a row
    /// each, with its line end. The bytes are only good inside the call.
    ///
    /// ```swift
    /// try connection.copyOut("COPY city TO STDOUT (FORMAT csv)") { line in file.write(Data(line)) }
    /// ```
    ///
    /// A body that throws stops the statement on the server, and its error is rethrown; a transaction around it has
    /// failed then. Where all rows had been sent already the connection is closed, because the request to stop could
    /// hit the next statement; a ``Session`` opens another.
    ///
    /// - Returns: the number of rows copied.
    /// - Throws: what `body` throws; ``PostgresError`` when the server refuses the statement or fails in the middle.
    @discardableResult
    public func copyOut(_ statement: SQL, _ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Int {
        let text = statement.text
        try startCopy(text, PGRES_COPY_OUT, "TO STDOUT")
        let handle = try open()
        var data: UnsafeMutablePointer<CChar>?
        var length = PQgetCopyData(handle, &data, 0)
        while length > 0 {
            do {
                defer { PQfreemem(data) }
                try body(UnsafeRawBufferPointer(start: data, count: Int(length)))
            } catch {
                stopCopyOut(text)
                throw error
            }
            length = PQgetCopyData(handle, &data, 0)
        }
        return try ResultSet(finish(statement: text)).affectedRows
    }

    /// Asks the server to stop and reads away what was under way. When the copy was over before the request came, it
    /// could still hit the next statement, so the connection is given up then.
    private func stopCopyOut(_ text: String) {
        do {
            try makeCanceller()?.cancel()
            leaveCopyData()
            PQclear(try finish(statement: text))
            close()
        } catch {
            if error.sqlState != .queryCanceled { close() }
        }
    }
}
