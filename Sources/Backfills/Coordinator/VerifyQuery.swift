import Postgres

/// A verify query, asked in a read-only transaction of its own.
struct VerifyQuery {
    /// What came of it.
    enum Answer: Sendable, Hashable {
        /// The number that it returned.
        case count(Int64)
        /// Its time was over.
        case timedOut
        /// The server refuses it, or it returns something else than one number.
        case unreadable(reason: String)
    }

    private let query: SQLText
    private let settings: [TransactionOptions.Setting]
    private let limit: Timeout

    /// - Parameters:
    ///   - settings: those of the run, by which names and values mean what they meant.
    ///   - limit: 0 for none. What a role has set for its statements does not count: the query may have to read a whole table.
    init(_ query: SQLText, settings: [TransactionOptions.Setting], limit: Timeout = .milliseconds(0)) {
        self.query = query
        self.limit = limit
        self.settings =
            settings + [
                .init("row_security", "off"), .init("statement_timeout", limit.setting),
                .init("lock_timeout", "0"),
            ]
    }

    /// Asks it.
    ///
    /// - Throws: `PostgresError` when somebody has cancelled it, or the session has ended.
    func answer(on connection: Connection) throws -> Answer {
        let start = ContinuousClock.now
        do {
            let options = TransactionOptions(access: .readOnly, settings: settings)
            return try connection.transaction(options) { connection in
                // Our sessions have none for the sake of the catalogs.
                try connection.execute("SET LOCAL jit TO DEFAULT")
                return .count(try connection.queryOne(SQL(unsafe: query.text), as: Int64.self))
            }
        } catch PostgresError.server(let error) where !error.endsSession {
            if error.sqlState != .queryCanceled { return .unreadable(reason: "\(error)") }
            // A person's cancel has the same code, and the server may speak any language.
            guard limit.milliseconds > 0, ContinuousClock.now - start >= .milliseconds(limit.milliseconds)
            else {
                throw PostgresError.server(error)
            }
            return .timedOut
        } catch PostgresError.decoding(let failure) {
            return .unreadable(reason: "\(failure)")
        } catch PostgresError.invalidArgument(let reason) {
            return .unreadable(reason: reason)
        }
    }
}
