import Postgres

/// How long a replacement waits for locks.
package struct LockPatience {
    /// How long one attempt waits. Everybody else waits behind it. Less than a second, after which the server looks for deadlocks
    /// (manual, 20.12 "Lock Management"): then it is this program that gives way, and no reader.
    package static let limit = Duration.milliseconds(500)
    /// How long to wait between attempts, in which others go first. Default: about two minutes in all.
    var backoff = Backoff(initial: 0.1, maximum: 5, attempts: 30)

    /// Runs a transaction, again where something was in the way.
    ///
    /// - Throws: what the body throws, and at the end what was in the way.
    func transaction<Value>(
        on connection: Connection,
        _ onEvent: (ImportEvent) -> Void,
        _ body: (Connection) throws -> Value
    ) throws -> Value {
        let settings =
            ReplacementStatements.settings + [.init("lock_timeout", "\(Self.limit / .milliseconds(1))")]
        var attempt = 1
        while true {
            do {
                return try connection.transaction(TransactionOptions(settings: settings), body)
            } catch let error as PostgresError where error.isTransient && !error.isConnectionLost {
                guard let delay = backoff.delay(afterAttempt: attempt) else { throw error }
                onEvent(.retrying(reason: "\(error)", after: delay))
                try SignOfLife(connection).wait(seconds: delay)
                attempt += 1
            }
        }
    }
}
