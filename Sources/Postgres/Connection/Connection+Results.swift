import CLibPQ

extension Connection {
    /// Reads until the statement is over and returns its last result, or throws the first error.
    func finish(statement: String?) throws(PostgresError) -> OpaquePointer {
        var last: OpaquePointer?
        var failure: PostgresError?
        while let result = nextResult() {
            if let error = error(in: result, statement: statement) {
                failure = failure ?? error
                PQclear(result)
            } else {
                PQclear(last)
                last = result
                if isCopy(result) { break }
            }
        }
        if let failure {
            PQclear(last)
            throw failure
        }
        guard let last else { throw lost() }
        return last
    }

    /// Reads the answer of a statement that is not to be a COPY from or to the client.
    func finishOrdinary(statement: String) throws(PostgresError) -> OpaquePointer {
        let result = try finish(statement: statement)
        guard isCopy(result) else { return result }
        let isIn = PQresultStatus(result) == PGRES_COPY_IN
        PQclear(result)
        leaveCopy(isIn)
        throw .invalidArgument(
            "COPY \(isIn ? "FROM STDIN needs copyIn" : "TO STDOUT needs copyOut"): \(statement)"
        )
    }

    /// Ends a COPY that nobody serves, so that the connection can be used again.
    func leaveCopy(_ isIn: Bool) {
        if isIn {
            PQputCopyEnd(handle, "no data")
        } else {
            leaveCopyData()
        }
        while let rest = PQgetResult(handle) { PQclear(rest) }
    }

    /// Reads the rest of a COPY's data and throws it away.
    func leaveCopyData() {
        var buffer: UnsafeMutablePointer<CChar>?
        while PQgetCopyData(handle, &buffer, 0) > 0 { PQfreemem(buffer) }
    }

    private func isCopy(_ result: OpaquePointer) -> Bool {
        [PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH].contains(PQresultStatus(result))
    }

    func error(in result: OpaquePointer, statement: String?) -> PostgresError? {
        switch PQresultStatus(result) {
        case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE, PGRES_NONFATAL_ERROR: break
        default: return nil
        }
        // An error without a code is libpq's own: the connection broke.
        guard let code = PQresultErrorField(result, Int32(UInt8(ascii: "C"))) else { return lost() }
        return .server(
            ServerError(result, sqlState: SQLState(rawValue: String(cString: code)), statement: statement)
        )
    }
}
