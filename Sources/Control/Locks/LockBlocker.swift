/// A session, or a prepared transaction, that stands in the way of a lock.
public struct LockBlocker: Hashable, Sendable, CustomStringConvertible {
    /// The process id of its backend; 0 for a prepared transaction, which has none.
    public let pid: Int32

    /// The prepared transaction that it is.
    public let prepared: PreparedTransaction?

    /// The role it runs as.
    public let role: String

    /// Its `application_name`.
    public let applicationName: String

    /// Where it is connected from; nil for a local socket, and where our role may not see it.
    public let host: String?

    /// What it does: `active`, `idle in transaction`, ...; for a server process its kind, such as `autovacuum worker`;
    /// `?` where our role may not see it.
    public let state: String

    /// How long its transaction is open.
    public let transactionAge: Duration?

    /// The lock that it holds where we want ours; nil when it stands in the queue before us.
    public let heldMode: String?

    /// The beginning of its last statement, on one line; empty where our role may not see it.
    public let query: String

    /// `pid 12 (app, role web, idle in transaction for 63.0 s) holds RowExclusiveLock: UPDATE item ...`
    public var description: String {
        if let prepared { return "\(prepared.description) \(holds)" }
        guard pid != 0 else {
            return "a prepared transaction; SELECT * FROM pg_prepared_xacts; finds it"
        }
        let shown = state == "?" ? "what it does is not shown to this role" : state
        let age = transactionAge.map { ", its transaction open for \(SessionText.seconds($0))" } ?? ""
        let place = host.map { ", from \($0)" } ?? ""
        let who = "pid \(pid) (\(applicationName), role \(role)\(place), \(shown)\(age)) \(holds)"
        return query.isEmpty ? who : "\(who): \(query)"
    }

    private var holds: String { heldMode.map { "holds \($0)" } ?? "stands in the queue before it" }

    /// How it can be ended; nil for a prepared transaction whose name is not known.
    var remedy: String? {
        if let prepared { return prepared.remedy }
        return pid == 0 ? nil : "Wait for it, or end it: SELECT pg_terminate_backend(\(pid));"
    }
}
