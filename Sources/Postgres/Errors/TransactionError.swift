/// A transaction that did not end as its body wished.
public enum TransactionError: Error, Sendable {
    /// COMMIT was answered with ROLLBACK: a statement inside had failed and the failure was swallowed.
    case rolledBackByServer
    /// The connection was lost while COMMIT was under way: nobody knows whether it happened until somebody looks.
    case outcomeUnknown(PostgresError)
    /// The body ended the transaction itself, with a COMMIT or ROLLBACK of its own.
    case endedInside
    /// The body failed, and so did the ROLLBACK after it; the connection was closed.
    case cleanupFailed(cause: any Error, cleanup: PostgresError)
}

extension TransactionError: CustomStringConvertible {
    /// The message for people.
    public var description: String {
        switch self {
        case .rolledBackByServer:
            "The server answered COMMIT with ROLLBACK, because a statement in the transaction had failed: nothing was stored."
        case .outcomeUnknown(let cause):
            "The connection was lost during COMMIT, its outcome is not known yet: \(cause)"
        case .endedInside:
            "The transaction was ended by a COMMIT or ROLLBACK inside it."
        case .cleanupFailed(let cause, let cleanup):
            "\(cause)\nThe ROLLBACK after it failed too, so the connection was closed: \(cleanup)"
        }
    }
}
