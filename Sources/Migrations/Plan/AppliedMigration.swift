public import Foundation

/// A row of the ledger.
public struct AppliedMigration: Hashable, Sendable {
    /// How far a migration has come in the database.
    public enum State: String, Hashable, Sendable {
        /// Applied.
        case applied
        /// A file outside a transaction stopped half way up.
        case applying
        /// A file outside a transaction stopped half way down.
        case reverting
    }

    /// How a migration came to count as applied.
    public enum Method: String, Hashable, Sendable {
        /// Its statements were run.
        case run
        /// Another tool had run it, and its ledger was taken over.
        case adoption
        /// Somebody said that the database was there already.
        case baseline
        /// It came with a dump of the schema.
        case load
        /// The migrations that it replaces had all been applied.
        case squash
    }

    /// What tells it from all others.
    public private(set) var identity: Migration.Identity

    /// The name behind the version at the time.
    public let name: String

    /// How far it has come.
    public let state: State

    /// How it came to count as applied.
    public let method: Method

    /// The checksum of the file at the time.
    public let checksum: String

    /// The checksum of its SQL alone, by which comments and white space do not count.
    public let normalizedChecksum: String

    /// The text that ran, marker line included; nil where nobody compares it, so that a ledger of big files is not fetched for
    /// a list of versions. It stands in the column `up_text`.
    public let upText: String?

    /// The text that reverts it, as it was at the time; nil if there was none.
    public let downText: String?

    /// When it was applied; nil while it is half way.
    public let appliedAt: Date?

    /// How long it took.
    public let duration: Duration?

    /// For a migration that is half way, what was recorded of its statements.
    public private(set) var statements: [RecordedStatement]

    init(
        identity: Migration.Identity,
        name: String,
        state: State = .applied,
        method: Method = .run,
        checksum: String,
        normalizedChecksum: String,
        upText: String?,
        downText: String? = nil,
        appliedAt: Date? = nil,
        duration: Duration? = nil,
        statements: [RecordedStatement] = []
    ) {
        self.identity = identity
        self.name = name
        self.state = state
        self.method = method
        self.checksum = checksum
        self.normalizedChecksum = normalizedChecksum
        self.upText = upText
        self.downText = downText
        self.appliedAt = appliedAt
        self.duration = duration
        self.statements = statements
    }

    /// The same row, its version compared as those of the files are. The ledger keeps no word of that.
    func ordered(like files: [Migration]) -> AppliedMigration {
        guard let order = files.lazy.compactMap(\.version).first?.order, order != .numbers,
            case .version(let version) = identity
        else { return self }
        var copy = self
        copy.identity = .version(MigrationVersion(unchecked: version.text, order: order))
        return copy
    }

    func with(_ statements: [RecordedStatement]) -> AppliedMigration {
        var copy = self
        copy.statements = statements
        return copy
    }

    /// Its version, unless it is a repeatable one.
    public var version: MigrationVersion? {
        if case .version(let version) = identity { version } else { nil }
    }

    /// `20261121093000_create_city`, by which messages speak of it.
    public var label: String { Migration.label(identity, name) }

    /// The statements that are known to be done, in order.
    var finished: [RecordedStatement] {
        Array(statements.sorted { $0.ordinal < $1.ordinal }.prefix { $0.isFinished })
    }

    /// The statement that was begun and whose end is not recorded, if it stands where the next run goes on.
    var begun: RecordedStatement? {
        statements.first { !$0.isFinished && $0.ordinal == finished.count + 1 }
    }
}

extension AppliedMigration: CustomStringConvertible {
    /// `20261121093000_create_city applied`, without its text.
    public var description: String { "\(label) \(state.rawValue)" }
}

/// What the ledger knows of one statement of a file outside a transaction.
public struct RecordedStatement: Hashable, Sendable {
    /// Its place in the file, from 1.
    public let ordinal: Int

    /// The hash of its text.
    public let hash: String

    /// Whether its end was recorded. One that was begun and not finished may have taken effect all the same.
    public let isFinished: Bool

    /// Whether it ended with an error that was recorded.
    public let hasFailed: Bool

    /// What the session held behind it, as ``RecordedSession`` reads it; nil where that was not recorded.
    let session: String?

    init(
        ordinal: Int,
        hash: String,
        isFinished: Bool,
        hasFailed: Bool = false,
        session: String? = nil
    ) {
        self.session = session
        self.ordinal = ordinal
        self.hash = hash
        self.isFinished = isFinished
        self.hasFailed = hasFailed
    }
}
