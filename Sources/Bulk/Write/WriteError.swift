/// Options that do not go together, found out before anything is written.
public enum WriteError: Error, Hashable, Sendable {
    /// The method that was asked for cannot do the work.
    case method(WriteMethod, reason: String)
    /// Chunks were to commit one by one inside a transaction of the caller's.
    case insideTransaction
    /// Rows that must come as a whole were to commit in chunks.
    case wholeSetInChunks
    /// An asynchronous sequence was to be written in one transaction.
    case oneTransactionAcrossSuspension
}

extension WriteError: CustomStringConvertible {
    /// The message for people.
    public var description: String {
        switch self {
        case .method(let method, let reason): "\(method.rawValue) cannot write these rows: \(reason)"
        case .insideTransaction:
            "Chunks cannot commit one by one inside a transaction. Write outside of it, or choose transactions: .one."
        case .wholeSetInChunks:
            "A synchronization or hierarchy needs all rows in one transaction. Choose transactions: .one."
        case .oneTransactionAcrossSuspension:
            "An asynchronous sequence is written chunk by chunk, because no transaction stays open while it waits "
                + "for rows. Choose transactions: .perChunk, or collect the rows and write them by withConnection."
        }
    }
}
