/// The key that decides whether a row is already there.
public enum ConflictTarget: Hashable, Sendable, ExpressibleByArrayLiteral {
    /// The unique key over these columns.
    case columns([String])
    /// The unique constraint of this name.
    case constraint(String)

    /// Names the columns: `conflict: ["city_id", "name"]`.
    public init(arrayLiteral columns: String...) {
        self = .columns(columns)
    }
}
