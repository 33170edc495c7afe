/// A session that stands in the way of a lock.
public struct LockBlocker: Hashable, Sendable, CustomStringConvertible {
    /// The process id of its backend; 0 for a prepared transaction, which has none.
    public let pid: Int32

    /// The role it runs as.
    public let role: String

    /// Its `application_name`.
    public let applicationName: String

    /// Where it is connected from; nil for a local socket.
    public let host: String?

    /// What it does: `active`, `idle in transaction`, ...; for a server process its kind, such as `autovacuum worker`.
    public let state: String

    /// How long its transaction is open.
    public let transactionAge: Duration?

    /// The lock that it holds where we want ours; nil when it stands in the queue before us.
    public let heldMode: String?

    /// The beginning of its last statement, on one line.
    public let query: String

    /// `pid 12 (app, role web, idle in transaction for 63.0 s) holds RowExclusiveLock: UPDATE item ...`
    public var description: String {
        guard pid != 0 else {
            return "a prepared transaction; SELECT * FROM pg_prepared_xacts; finds it"
        }
        let age = transactionAge.map { ", its transaction open for \(SessionText.seconds($0))" } ?? ""
        let place = host.map { ", from \($0)" } ?? ""
        let holds = heldMode.map { "holds \($0)" } ?? "stands in the queue before it"
        let who = "pid \(pid) (\(applicationName), role \(role)\(place), \(state)\(age)) \(holds)"
        return query.isEmpty ? who : "\(who): \(query)"
    }
}

/// Words about sessions.
enum SessionText {
    private static let longestQuery = 200

    static func seconds(_ duration: Duration) -> String {
        let tenths = duration.milliseconds / 100
        return "\(tenths / 10).\(tenths % 10) s"
    }

    /// A statement on one line, shortened.
    static func line(_ query: String) -> String {
        let words = query.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return words.count > longestQuery ? words.prefix(longestQuery) + "…" : words
    }
}
