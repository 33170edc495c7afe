public import Postgres

/// How rows are written; the defaults are right for most.
public struct WriteOptions: Sendable {
    /// Who chooses the method.
    public enum Method: Hashable, Sendable {
        /// ``MethodChoice`` does.
        case automatic
        /// The caller; a method that cannot do the work is refused with ``WriteError/method(_:reason:)``.
        case only(WriteMethod)
    }

    /// How the rows get to the server.
    public var method: Method
    /// Where chunks commit.
    public var transactions: ChunkTransactions
    /// How large chunks are.
    public var chunk: ChunkLimit
    /// How the transactions begin; not used inside a transaction of the caller's.
    public var transaction: TransactionOptions
    /// Who takes the row locks of an update or delete.
    public var locks: RowLocks
    /// How often, and after which waits, a chunk with its own transaction is tried again.
    public var retry: Backoff

    /// Makes options; what is not given keeps its default.
    public init(
        method: Method = .automatic,
        transactions: ChunkTransactions = .one,
        chunk: ChunkLimit = ChunkLimit(),
        transaction: TransactionOptions = TransactionOptions(),
        locks: RowLocks = .inKeyOrder,
        retry: Backoff = Backoff(attempts: 5)
    ) {
        (self.method, self.transactions, self.chunk) = (method, transactions, chunk)
        (self.transaction, self.locks, self.retry) = (transaction, locks, retry)
    }
}
