/// How far down a database can go when something on the way cannot be reverted.
public struct DownReach: Hashable, Sendable, CustomStringConvertible {
    /// The labels of those that can be reverted, the last first.
    public let open: [String]

    /// What was asked for.
    public let wanted: Int

    /// A sentence with the command that goes there; nothing where the first one is in the way already.
    public var description: String {
        guard let last = open.last else { return "" }
        let count = open.count == 1 ? last : "\(open.count) of the \(wanted) migrations, down to \(last),"
        return
            "Before it only \(count) can be reverted: caisson migrate down --steps \(wanted) --as-far-as-possible\n"
    }
}

/// What to do on the way down in front of a migration that cannot be reverted.
public enum ReachPolicy: Hashable, Sendable {
    /// Revert nothing, and say how far the way is open.
    case whole
    /// Go as far as that.
    case asFarAsPossible
}
