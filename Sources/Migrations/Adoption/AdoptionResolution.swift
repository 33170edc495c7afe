/// A person's word for a migration that the other tool has left half way, such as golang-migrate's dirty version or a failed
/// row of Flyway.
public struct AdoptionResolution: Hashable, Sendable, CustomStringConvertible {
    /// How the database stands.
    public enum Outcome: String, Hashable, Sendable, CaseIterable {
        /// Everything that the file does is there: it counts as applied.
        case applied
        /// Nothing of it is there: it is left to be run.
        case notApplied = "not-applied"
    }

    /// Which one.
    public let identity: Migration.Identity

    /// How it stands.
    public let outcome: Outcome

    /// Says how one stands.
    public init(_ identity: Migration.Identity, _ outcome: Outcome) {
        self.identity = identity
        self.outcome = outcome
    }

    /// Reads `VERSION=applied` or `VERSION=not-applied`; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let identity = Migration.Identity(parts[0]),
            let outcome = Outcome(rawValue: parts[1].lowercased())
        else { return nil }
        self.init(identity, outcome)
    }

    /// `31=applied`
    public var description: String { "\(identity)=\(outcome.rawValue)" }
}
