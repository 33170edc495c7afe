/// What taking over another tool's ledger came to, or would come to.
public struct Adoption: Hashable, Sendable {
    /// Whose ledger it was.
    public let tool: MigrationTool

    /// The table, which is left as it is.
    public let table: String

    /// The migrations that count as applied from now on, in order.
    public let adopted: [Migration]

    /// The migrations that the other tool has not applied either, in order.
    public let pending: [Migration]

    /// What a person has said of those that it had left half way.
    public let resolutions: [AdoptionResolution]

    /// What programs have applied that are compiled elsewhere, such as Flyway's Java classes: it is left to stand and does not
    /// get into this tool's ledger.
    public let withoutFile: [String]
}

/// What to take over, and how.
public struct AdoptionRequest: Hashable, Sendable {
    /// Whether anything is written.
    public enum Mode: Hashable, Sendable {
        /// Look and compare only.
        case preview
        /// Write the ledger.
        case write
    }

    /// Whose ledger.
    public var tool: MigrationTool

    /// The table as SQL names it; nil for the tool's usual one.
    public var table: String?

    /// Whether anything is written. Default: yes.
    public var mode: Mode

    /// How those stand that the other tool has left half way. Without a word for each of them nothing is taken over.
    public var resolutions: [AdoptionResolution]

    /// Asks for an adoption.
    public init(
        from tool: MigrationTool,
        table: String? = nil,
        mode: Mode = .write,
        resolutions: [AdoptionResolution] = []
    ) {
        self.tool = tool
        self.table = table
        self.mode = mode
        self.resolutions = resolutions
    }
}
