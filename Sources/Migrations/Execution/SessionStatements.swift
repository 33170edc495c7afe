import Postgres

/// What is sent to keep the state of the session apart from what the files do with it.
enum SessionStatements {
    /// Gives the session the state it was opened with.
    ///
    /// Piece by piece in place of `DISCARD ALL`, which would give the migration lock back. With `RESET ALL` a file's
    /// `lock_timeout` is gone too, so every step sets its own.
    static let reset: [SQL] = [
        "RESET SESSION AUTHORIZATION",
        "RESET ROLE",
        "RESET ALL",
        "CLOSE ALL",
        "UNLISTEN *",
        "DEALLOCATE ALL",
        "DISCARD TEMP",
    ]

    /// Lets the ledger be written, until the transaction ends, by the role that connected, whatever role a file has
    /// put on.
    static let ownRole: [SQL] = [
        "SET LOCAL SESSION AUTHORIZATION DEFAULT",
        "SET LOCAL ROLE NONE",
    ]

    /// The transaction's number, for `pg_xact_status`, and the backend that it runs in.
    static let place: SQL = "SELECT pg_current_xact_id()::text, pg_backend_pid()"

    /// What became of a transaction: `committed`, `aborted`, `in progress`; null when it is too long ago.
    static func status(ofTransaction number: String) -> SQL {
        "SELECT pg_xact_status(\(number)::xid8)"
    }
}
