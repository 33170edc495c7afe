public import Postgres

/// What the marker line of a section asks for.
public struct MigrationOptions: Hashable, Sendable {
    /// How the statements of a section are held together.
    public enum TransactionMode: Hashable, Sendable {
        /// All in one transaction with the ledger row: all or nothing.
        case perFile
        /// `transaction:false`: one by one, each recorded as it ends.
        case perStatement
    }

    /// How the statements are held together. Default: one transaction for the file.
    public var transactionMode = TransactionMode.perFile

    /// `lock-timeout:5s`: how long a statement may wait for a lock at each attempt, in place of the
    /// migrator's default.
    public var lockTimeout: Duration?

    /// `statement-timeout:10min`: how long a statement may run, in place of the migrator's default.
    public var statementTimeout: Duration?

    /// `isolation:serializable`: how the transaction of the section is isolated, in place of the migrator's default.
    public var isolation: TransactionOptions.Isolation?

    /// `requires-backfill:NAME`: the migration waits until this backfill has done its work.
    public var requiredBackfill: String?

    /// `breaks-before:VERSION`: a program whose newest migration is older than this cannot work with the database any more once
    /// this one is applied, so its `up` is refused.
    public var breaksBefore: MigrationVersion?

    /// The defaults.
    public init() {}
}
