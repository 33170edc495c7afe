import Postgres

/// A transaction that was prepared for a two-phase commit and belongs to no session: it keeps its locks over restarts,
/// until somebody ends it by its name.
public struct PreparedTransaction: Hashable, Sendable {
    /// The name that it was given in PREPARE TRANSACTION.
    public let name: String
    /// Who prepared it; that role or a superuser may end it.
    public let owner: String
    /// The database it belongs to, where alone it can be ended.
    public let database: String
    /// How long ago it was prepared.
    public let age: Duration

    /// `the prepared transaction 'forgotten' (owner app, prepared 3 min ago in database shop)`
    var description: String {
        "the prepared transaction \(literal) (owner \(owner), prepared \(SessionText.seconds(age)) ago in database \(database))"
    }

    /// The two commands of which somebody has to choose one.
    var remedy: String {
        "Whoever prepared it decides, in database \(database): COMMIT PREPARED \(literal); or ROLLBACK PREPARED \(literal);"
    }

    private var literal: String { "'\(name.doublingOccurrences(of: "'"))'" }
}
