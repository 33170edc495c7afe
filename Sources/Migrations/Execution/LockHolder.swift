public import Foundation
import Postgres

/// The session that holds the migration lock.
public struct LockHolder: Hashable, Sendable, CustomStringConvertible {
    /// The process id of its backend.
    public let pid: Int32

    /// Its `application_name`.
    public let applicationName: String

    /// The role it runs as.
    public let role: String

    /// When it was connected.
    public let since: Date

    /// Where it is connected from; nil for a local socket.
    public let host: String?

    /// What it does: `active`, `idle`, ...
    public let state: String

    /// The beginning of its last statement, on one line.
    public let query: String

    /// `pid 123 (caisson, role app, from 10.0.0.7, connected since ..., active): CREATE INDEX ...`
    public var description: String {
        let place = host.map { "from \($0)" } ?? "on the server's host"
        let since = "connected since \(since.utcText)"
        let who = "pid \(pid) (\(applicationName), role \(role), \(place), \(since), \(state))"
        return query.isEmpty ? who : "\(who): \(query)"
    }
}

/// The lock was not to be had.
public struct MigrationLockError: Error, Sendable, CustomStringConvertible {
    /// Who holds it, if that could be seen.
    public let holder: LockHolder?

    /// How long was waited.
    public let waited: Duration

    /// Who holds it and what to do.
    public var description: String {
        let look = holder.map { "SELECT * FROM pg_stat_activity WHERE pid = \($0.pid);" }
        return """
            another run holds the migration lock: \(holder.map(\.description) ?? "it cannot be seen which")
            Nothing was changed. Waited \(String(format: "%.1f", waited.seconds)) s. When it has ended, run the same command again.\
            \(look.map { " What it is doing: \($0)" } ?? "")
            """
    }
}
