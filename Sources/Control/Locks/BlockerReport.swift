/// Who stands in the way of a statement, seen while it waits.
public struct BlockerReport: Hashable, Sendable, CustomStringConvertible {
    /// The lock that it waits for, such as `AccessExclusiveLock on public.item`.
    public let lock: String

    /// Who holds it, or comes before us in the queue.
    public let blockers: [LockBlocker]

    /// For whom the blockers wait in turn, and so on to the end of the queue.
    public let behindBlockers: [LockBlocker]

    /// How many sessions wait for us in turn.
    public let queuedBehind: Int

    /// What is waited for, who is in the way, and how to look at them: a line for each.
    public var description: String {
        var lines = ["waits for \(lock), blocked by:"] + blockers.map { "  \($0)" }
        lines += behindBlockers.map { "  which waits for \($0)" }
        if queuedBehind > 0 {
            lines.append("  \(queuedBehind) other session\(queuedBehind == 1 ? "" : "s") queued up behind it")
        }
        return lines.joined(separator: "\n")
    }

    /// The same in three lines at most, with what can be done: for a message that has more to say, and for a log.
    public var summary: String {
        let further = blockers.count - 1
        let first = blockers.first.map { ", blocked by \($0)" } ?? ""
        let others = further > 0 ? " (and \(further) more)" : ""
        let behind = behindBlockers.last.map { ["it waits in turn for \($0)"] } ?? []
        let lines = ["waits for \(lock)\(first)\(others)"] + behind + [remedy].compactMap(\.self)
        return lines.joined(separator: "\n")
    }

    /// How the first of them that can be ended is ended; of those that wait themselves the one at the end of the queue.
    public var remedy: String? {
        (behindBlockers.reversed() + blockers).lazy.compactMap(\.remedy).first
    }
}
