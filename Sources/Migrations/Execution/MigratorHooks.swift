public import Postgres

/// What a migrator asks of those who run it.
public struct MigratorHooks {
    /// Hears of everything that happens, on the thread of the run.
    public var onEvent: (MigrationEvent) -> Void = { _ in }

    /// Says whether a backfill that a migration requires has done its work. Without one, such a migration is not let
    /// through. It gets the run's own connection, whose session is as it was opened and in no transaction, and leaves it so.
    public var gate: (String, Connection) throws -> GateStatus = { _, _ in
        .closed(reason: "there is nothing here that could tell whether it is verified")
    }

    /// Opens another connection to the same database, after the first was lost in a COMMIT. Default: the same
    /// options.
    public var reconnect: ((ConnectionOptions) throws -> Connection) = { try Connection($0) }

    /// Asked between two migrations: true ends the run there.
    public var shouldStop: () -> Bool = { false }

    /// The defaults.
    public init() {}
}

/// Whether a migration may pass.
public enum GateStatus: Hashable, Sendable {
    /// The backfill has done its work.
    case open
    /// It is not; why, in words.
    case closed(reason: String)
}
