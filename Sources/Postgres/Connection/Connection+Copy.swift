import CLibPQ

extension Connection {
    /// Runs `COPY … FROM STDIN` and lends a writer for its data.
    ///
    /// A body that throws ends the copy with CopyFail, so that nothing of it is stored, and its error is rethrown.
    /// When the server refuses a row, the next sending of the writer throws, which ends the body; what comes out is the
    /// server's error.
    ///
    /// ```swift
    /// let stored = try connection.copyIn("COPY note (id, text) FROM STDIN (FORMAT csv)") { copy in
    ///     for line in lines { try copy.write("\(line)\n".utf8) }
    /// }
    /// ```
    ///
    /// - Returns: the number of rows stored.
    /// - Throws: what `body` throws; ``PostgresError`` when the server refuses the statement or its data.
    public func copyIn(_ statement: SQL, _ body: (CopyWriter) throws -> Void) throws -> Int {
        let text = statement.text
        try startCopy(text, PGRES_COPY_IN, "FROM STDIN")
        widenLocalSocket(try open())
        let writer = CopyWriter(self)
        do {
            try body(writer)
            try writer.flush()
        } catch is CopyRefused {
            return try endCopy(reason: "refused by the server", statement: text)
        } catch {
            throw abandonCopy(after: error, statement: text)
        }
        return try endCopy(reason: nil, statement: text)
    }

    /// Sends a COPY statement and makes sure that it is one in the wanted direction.
    func startCopy(_ text: String, _ wanted: ExecStatusType, _ direction: String) throws(PostgresError) {
        try sendScript(text)
        let start = try finish(statement: text)
        let status = PQresultStatus(start)
        PQclear(start)
        guard status != wanted else { return }
        if status == PGRES_COPY_IN || status == PGRES_COPY_OUT { leaveCopy(status == PGRES_COPY_IN) }
        throw .invalidArgument("not a COPY … \(direction): \(text)")
    }

    /// Sends CopyFail, which the server acknowledges as a cancelled query.
    private func abandonCopy(after cause: any Error, statement: String) -> any Error {
        do {
            _ = try endCopy(reason: "stopped by the client", statement: statement)
            return cause
        } catch {
            let expected = error.sqlState == .queryCanceled || error.isConnectionLost
            return expected ? cause : TransactionError.cleanupFailed(cause: cause, cleanup: error)
        }
    }

    private func endCopy(reason: String?, statement: String) throws(PostgresError) -> Int {
        let handle = try open()
        guard PQputCopyEnd(handle, reason) == 1 else { throw lost() }
        return try ResultSet(finish(statement: statement)).affectedRows
    }

    func putCopyData(_ bytes: UnsafeRawBufferPointer) throws {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
        let data = base.assumingMemoryBound(to: CChar.self)
        let handle = try open()
        guard try waitForCopyRoom(handle) else { throw CopyRefused() }
        guard PQputCopyData(handle, data, Int32(bytes.count)) == 1 else { throw lost() }
    }
}
