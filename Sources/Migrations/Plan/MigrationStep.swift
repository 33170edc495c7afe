/// One migration to be run in one direction.
public struct MigrationStep: Hashable, Sendable {
    /// Where the text comes from.
    public enum Origin: Hashable, Sendable {
        /// The file.
        case file
        /// The ledger's copy of what ran, because the file is gone or was edited.
        case ledger
    }

    /// What tells the migration from all others.
    public let identity: Migration.Identity

    /// The name behind the version.
    public let name: String

    /// What runs.
    public let section: MigrationSection

    /// Where it comes from.
    public let origin: Origin

    /// What the ledger will record; nil on the way down.
    public let migration: Migration?

    /// The repeatable migrations that have to run again after it, because it drops what they create or use. The ledger
    /// says so from the moment in which it is dropped, so that none is forgotten whatever happens.
    public internal(set) var takenAlong: [Migration.Identity] = []

    /// Whether the ledger had a row of the migration when the plan was made.
    let row: LedgerRow

    /// What the ledger has of a migration.
    enum LedgerRow: Hashable {
        /// Nothing: a row that is there all the same was written by somebody who does not hold the lock.
        case absent
        /// An older run of a repeatable migration, or half of a run.
        case present
    }

    /// How many statements of a half-run file are done already.
    public let finishedStatements: Int

    /// What the session held behind the last of them, as ``RecordedSession`` reads it.
    let recordedSession: String?

    /// The statement behind them, if an earlier run has begun it and its end is not recorded.
    let openStatement: RecordedStatement?

    /// The applied migrations whose place it takes: then it is only recorded, and nothing of it runs.
    public let replaced: [AppliedMigration]

    init(
        identity: Migration.Identity,
        name: String,
        section: MigrationSection,
        origin: Origin = .file,
        migration: Migration? = nil,
        row: LedgerRow = .present,
        finishedStatements: Int = 0,
        recordedSession: String? = nil,
        openStatement: RecordedStatement? = nil,
        replaced: [AppliedMigration] = []
    ) {
        self.identity = identity
        self.name = name
        self.section = section
        self.origin = origin
        self.migration = migration
        self.row = row
        self.finishedStatements = finishedStatements
        self.recordedSession = recordedSession
        self.openStatement = openStatement
        self.replaced = replaced
    }

    /// Which way.
    public var direction: MigrationDirection { section.direction }

    /// `20261121093000_create_city`
    public var label: String { Migration.label(identity, name) }

    /// The statements that this run will send.
    public var remainingStatements: Int {
        replaced.isEmpty ? section.statements.count - finishedStatements : 0
    }
}

extension MigrationStep: CustomStringConvertible, CustomReflectable {
    /// `up 20261121093000_create_city`, without the text that runs.
    public var description: String { "\(direction.rawValue) \(label)" }

    /// Nothing to look into: values of placeholders may stand in the text.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
