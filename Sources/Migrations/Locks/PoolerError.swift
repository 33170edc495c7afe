/// What stands between the tool and the server does not keep a session together.
public enum PoolerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Before anything was run: a pooler in transaction mode.
    case sharesSessions
    /// While a migration ran: its transaction is in another backend than the lock. It was rolled back.
    case sessionChanged(from: Int32, to: Int32)

    /// What is wrong and the way out.
    public var description: String {
        """
        \(finding)
        The migration lock, lock_timeout and whatever a file sets belong to one session, and would be lost or reach other clients.
        Connect to the server itself (its own port, often 5432 in place of the pooler's 6432), or through a pool with \
        pool_mode = session; then run the same command again: caisson migrate up --database URL
        """
    }

    private var finding: String {
        switch self {
        case .sharesSessions:
            "a connection pooler in transaction mode stands before the server: two clients were served by one backend. Nothing was run."
        case .sessionChanged(let from, let to):
            "the session moved from backend \(from), which holds the migration lock, to \(to): a connection pooler stands between."
        }
    }
}
