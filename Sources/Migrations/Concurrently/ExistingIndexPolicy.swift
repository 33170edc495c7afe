/// What is done with `CREATE INDEX CONCURRENTLY IF NOT EXISTS` where something of the name exists that is not the index which the
/// statement describes.
public enum ExistingIndexPolicy: String, Hashable, Sendable, CaseIterable {
    /// Stop and show it: what the file asks for would not be there.
    case refuse
    /// Pass over it, as the server does.
    case accept
}
