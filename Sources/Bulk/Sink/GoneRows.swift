public import Postgres

/// What ``Sink/synchronize(_:columns:key:gone:)`` does with rows of the table that are not in the set.
public enum GoneRows: Sendable {
    /// They stay.
    case keep
    /// They are deleted, whoever wrote them.
    case delete
    /// Those of them are deleted for which the condition over `target` holds, for instance
    /// `.deleteWhere("target.source = \(source)")`.
    case deleteWhere(SQL)
}
