/// What an upsert does with a row that is already there.
public enum ConflictAction: Sendable {
    /// The row that is there stays.
    case doNothing
    /// These columns get the new values, all others stay.
    case update([String])
    /// Every column of the sink outside the key gets the new value.
    case updateAll
    /// These columns get what the assignments say, all others stay. Use it where the new value depends on the
    /// row that is there: `.set(["name", .column("visits", to: "target.visits + excluded.visits")])`.
    case set([Assignment])
}
