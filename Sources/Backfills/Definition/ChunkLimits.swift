public import Postgres

/// The timeouts of a chunk's transaction.
public struct ChunkLimits: Sendable, Hashable {
    /// How long a chunk waits for a lock before it gives way and tries again: the server's `lock_timeout`.
    ///
    /// Two seconds is longer than any row lock of a healthy application and shorter than a client's patience.
    public var lockTimeout = Timeout.seconds(2)
    /// How long one statement of a chunk may run before the chunk is made smaller: the server's `statement_timeout`.
    public var statementTimeout = Timeout.seconds(30)

    /// Makes limits; what is not given keeps its default.
    public init(lockTimeout: Timeout = .seconds(2), statementTimeout: Timeout = .seconds(30)) {
        self.lockTimeout = lockTimeout
        self.statementTimeout = statementTimeout
    }

    /// The settings of every chunk's transaction. They are LOCAL, so nothing is left in a session or a pooler.
    ///
    /// - `row_security = off`: a policy that hides rows makes the statement fail instead of skipping them silently.
    /// - `plan_cache_mode`, `jit`: a generic or a compiled plan is wrong for a bound that moves.
    var settings: [TransactionOptions.Setting] {
        [
            .init("lock_timeout", lockTimeout.setting),
            .init("statement_timeout", statementTimeout.setting),
            .init("row_security", "off"),
            .init("plan_cache_mode", "force_custom_plan"),
            .init("jit", "off"),
        ]
    }

    /// The settings of a transaction in which keys become text and that has none of a run: the formats are fixed, so that keys
    /// are read back as what they were. ``RunSettings`` fixes the same for all chunks of a run.
    var keySettings: [TransactionOptions.Setting] { settings + Self.keyFormats }

    /// The formats of keys.
    static let keyFormats: [TransactionOptions.Setting] = [
        .init("datestyle", "ISO, YMD"),
        .init("intervalstyle", "postgres"),
        .init("extra_float_digits", "3"),
        .init("bytea_output", "hex"),
    ]
}
