/// How one migration stands: what `status` shows.
public struct MigrationStatus: Hashable, Sendable {
    /// Where it stands.
    public enum State: Hashable, Sendable {
        /// Applied, and its file is unchanged.
        case applied
        /// To be applied by the next `up`; a repeatable one also when its text has changed, or when what it creates is
        /// dropped by another one that is pending.
        case pending
        /// Stopped half way after so many statements.
        case partial(finished: Int, of: Int)
        /// Comes before an applied one, and such files are to be ignored.
        case ignored
        /// Everything that it replaces is applied: the next `up` records it and runs nothing.
        case squashed([AppliedMigration])
        /// Applied by a newer program: it comes behind everything that there is a file for, and nothing else is to be done.
        case newer(AppliedMigration)
        /// Edited, missing, late or renamed.
        case conflict(MigrationConflict)

        /// One word: `applied`, `pending`, `partial`, `squashed`, `newer`, `edited`, `missing`, `late`, `renamed`,
        /// `ignored`, `too old`.
        public var word: String {
            switch self {
            case .applied: "applied"
            case .pending: "pending"
            case .partial: "partial"
            case .ignored: "ignored"
            case .squashed: "squashed"
            case .newer: "newer"
            case .conflict(.edited): "edited"
            case .conflict(.missing): "missing"
            case .conflict(.late): "late"
            case .conflict(.renamed): "renamed"
            case .conflict(.appliedStatementChanged): "edited"
            case .conflict(.halfWay): "partial"
            case .conflict(.partlySquashed): "partial"
            case .conflict(.tooOld): "too old"
            }
        }
    }

    /// What tells it from all others.
    public let identity: Migration.Identity

    /// The name behind the version.
    public let name: String

    /// Where it stands.
    public let state: State

    /// The file, if there is one.
    public let migration: Migration?

    /// The ledger's row, if there is one.
    public let applied: AppliedMigration?

    /// The word of its state; of an applied one that a person has only said to be there: `baseline`.
    public var word: String {
        state == .applied && applied?.method == .baseline ? "baseline" : state.word
    }

    var conflict: MigrationConflict? {
        if case .conflict(let conflict) = state { conflict } else { nil }
    }

    var asPending: MigrationStatus { with(.pending) }

    func with(_ state: State) -> MigrationStatus {
        MigrationStatus(identity: identity, name: name, state: state, migration: migration, applied: applied)
    }
}
