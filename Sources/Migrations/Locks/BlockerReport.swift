/// Who stands in the way of a statement, seen while it waits.
public struct BlockerReport: Hashable, Sendable, CustomStringConvertible {
    /// The lock that it waits for, such as `AccessExclusiveLock on public.item`.
    public let lock: String

    /// Who holds it, or comes before us in the queue.
    public let blockers: [LockBlocker]

    /// How many sessions wait for us in turn.
    public let queuedBehind: Int

    /// What is waited for, who is in the way, and how to look at them.
    public var description: String {
        var lines = ["waits for \(lock), blocked by:"] + blockers.map { "  \($0)" }
        if queuedBehind > 0 {
            lines.append("  \(queuedBehind) other session\(queuedBehind == 1 ? "" : "s") queued up behind it")
        }
        return lines.joined(separator: "\n")
    }

    /// The command that ends the first blocker that can be ended.
    var remedy: String? {
        blockers.first { $0.pid != 0 }.map {
            "Wait for it, or end it: SELECT pg_terminate_backend(\($0.pid));"
        }
    }
}
