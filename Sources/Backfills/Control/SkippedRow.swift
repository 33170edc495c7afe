import Postgres

/// A row that could not be applied and was recorded instead.
public struct SkippedRow: Sendable, Hashable {
    /// Its number in `backfill_skipped`.
    let id: Int64
    /// What its key is about.
    let part: RangePart?
    /// Its key.
    let keyParts: Key
    /// The server's code, when it was the server that refused it.
    public let sqlState: String?
    /// Why.
    public let message: String
    /// The whole row as JSON, as it was when it was refused.
    public let row: String?

    /// The key for people.
    public var key: String { keyParts.description }
}

/// Why a row cannot be applied.
struct SkipReason: Sendable, Hashable {
    let sqlState: String?
    let message: String

    /// Takes the reason from the error that the row's own chunk ended with.
    init(_ error: any Error) {
        switch error {
        case BackfillError.statementFailed(_, _, let server):
            (sqlState, message) = (server.sqlState.rawValue, server.description)
        case BackfillError.rowFailed(_, _, let reason):
            (sqlState, message) = (nil, reason)
        case let error as PostgresError:
            (sqlState, message) = (error.sqlState?.rawValue, error.description)
        default:
            (sqlState, message) = (nil, "\(error)")
        }
    }
}
