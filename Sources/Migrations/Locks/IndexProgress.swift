/// How far an index build has come, as `pg_stat_progress_create_index` tells it.
public struct IndexProgress: Hashable, Sendable, CustomStringConvertible {
    /// The server's word for the phase, such as `waiting for writers before build`.
    public let phase: String

    /// What is done of the phase: transactions waited for, blocks or rows.
    public let done: Int64

    /// Of how many; 0 where the phase does not count.
    public let total: Int64

    /// `building index: scanning table, 42 %`
    public var description: String {
        total > 0 ? "\(phase), \(min(100, done * 100 / total)) %" : phase
    }
}
