extension SessionPool {
    /// How a pool behaves. The defaults suit a service that talks to its own server directly.
    public struct Configuration: Sendable {
        /// The most sessions at a time, at least one. Default: 4.
        public var limit = 4

        /// How long to wait for a free session before ``PoolError/exhausted(limit:waited:)``. Default: 30 seconds.
        public var waitLimit = Duration.seconds(30)

        /// A connection that was idle longer is asked for an answer before it is lent, and replaced when none comes.
        /// Default: 30 seconds.
        public var pingAfter = Duration.seconds(30)

        /// How long such a question may take. Default: 5 seconds.
        public var pingLimit = Duration.seconds(5)

        /// A connection that is older is replaced before it is lent the next time, so that a pool follows a
        /// failover and no backend grows for ever. Default: 30 minutes.
        public var maximumLifetime = Duration.seconds(30 * 60)

        /// How to try again when the server is full (53300) or starting up (57P03). Default: 8 attempts, beginning
        /// with 0.1 s and never waiting more than 2 s.
        public var backoff = Backoff(initial: 0.1, maximum: 2, attempts: 8)

        /// The longest that a statement may run. Default: `nil`, what the server or the role says.
        public var statementTimeout: Timeout?

        /// The longest that a statement may wait for a lock. Default: `nil`, what the server or the role says.
        public var lockTimeout: Timeout?

        /// The name in `pg_stat_activity`. Default: `nil`, that of the connection options.
        public var applicationName: String?

        /// Further parameters of the server, set like the two timeouts. Default: none.
        public var settings: [TransactionOptions.Setting] = []

        /// What stands between the pool and the server. Default: ``Pooler/none``.
        public var pooler = Pooler.none

        /// A configuration with all defaults.
        public init() {}

        /// The timeouts and the further parameters in one list.
        var allSettings: [TransactionOptions.Setting] {
            let timeouts = [("statement_timeout", statementTimeout), ("lock_timeout", lockTimeout)]
            return timeouts.compactMap { name, limit in limit.map { .init(name, $0.setting) } } + settings
        }
    }
}

/// What stands between a session and the server, which decides how long a setting holds.
public enum Pooler: Sendable, Hashable {
    /// Nothing, or a pooler in session mode: settings are made once for each connection.
    case none
    /// A pooler that gives every transaction another connection, such as PgBouncer in transaction mode. Settings are
    /// made with `SET LOCAL` at the beginning of each ``Connection/transaction(_:_:)``; statements outside of one run
    /// with the server's own.
    case transaction
}
